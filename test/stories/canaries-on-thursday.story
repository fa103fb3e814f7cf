Canaries on Thursday, everyone else on Tuesday, a release every Monday

Every Monday there is a new release, and a release takes longer than a week to get from the canaries to everyone else. If
a new one reset the waves, nobody behind the canaries would ever be upgraded. It does not: what the canaries vouched for
on Friday is what everyone takes on Tuesday, though the canaries' own target has moved on since.

GIVEN two-waves.yaml

TIMELINE Europe/Berlin

> Mon 2026-11-02 09:00  Slacktide is installed
  Mon 2026-11-02 09:00  acme, globex, initech, umbra  are up at 17.2.1
  Mon 2026-11-02 09:00  wave canary       vouches for 17.2.1
> Mon 2026-11-02 15:00  the release manager publishes 17.2.2
  Mon 2026-11-02 15:00  acme, globex      17.2.2 (Patch) waits: TooYoung until Mon 2026-11-09 01:00; may start Thu 2026-11-12 03:00
  Mon 2026-11-02 15:00  initech, umbra    17.2.2 (Patch) waits: TooYoung: 17.2.2 is too young
  Tue 2026-11-03 15:00  acme, globex      17.2.2 (Patch) waits: AwaitingCut until Mon 2026-11-09 01:00; may start Thu 2026-11-12 03:00
  Tue 2026-11-03 15:00  initech, umbra    17.2.2 (Patch) waits: AwaitingCut: 17.2.2 waits for the next patch cut
  Mon 2026-11-09 01:00  acme, globex      17.2.2 (Patch) may start Thu 2026-11-12 03:00
  Mon 2026-11-09 01:00  initech, umbra    17.2.2 (Patch) waits: WaveNotReached: wave canary has not vouched for 17.2.2 yet
> Mon 2026-11-09 15:00  the release manager publishes 17.2.3
  Thu 2026-11-12 03:00  acme, globex      start 17.2.1 → 17.2.2 (Patch) in thursday-berlin
  Thu 2026-11-12 03:02  acme, globex      run 17.2.2
  Thu 2026-11-12 03:02  acme, globex      17.2.3 (Patch) waits: AwaitingCut until Mon 2026-11-16 01:00; may start Thu 2026-11-19 03:00
  Fri 2026-11-13 03:02  initech, umbra    17.2.2 (Patch) may start Tue 2026-11-17 03:00
  Fri 2026-11-13 03:02  wave canary       vouches for 17.2.2
  Mon 2026-11-16 01:00  acme, globex      17.2.3 (Patch) may start Thu 2026-11-19 03:00
> Mon 2026-11-16 15:00  the release manager publishes 17.2.4
  Tue 2026-11-17 03:00  initech, umbra    start 17.2.1 → 17.2.2 (Patch) in tuesday-berlin
  Tue 2026-11-17 03:02  initech, umbra    run 17.2.2
  Tue 2026-11-17 03:02  initech, umbra    17.2.3 (Patch) waits: WaveNotReached: wave canary has not vouched for 17.2.3 yet
  Thu 2026-11-19 03:00  acme, globex      start 17.2.2 → 17.2.3 (Patch) in thursday-berlin
  Thu 2026-11-19 03:02  acme, globex      run 17.2.3
  Thu 2026-11-19 03:02  acme, globex      17.2.4 (Patch) waits: AwaitingCut until Mon 2026-11-23 01:00; may start Thu 2026-11-26 03:00
  Fri 2026-11-20 03:02  initech, umbra    17.2.3 (Patch) may start Tue 2026-11-24 03:00
  Fri 2026-11-20 03:02  wave canary       vouches for 17.2.3
  Mon 2026-11-23 01:00  acme, globex      17.2.4 (Patch) may start Thu 2026-11-26 03:00
> Mon 2026-11-23 15:00  the release manager publishes 17.2.5
  Tue 2026-11-24 03:00  initech, umbra    start 17.2.2 → 17.2.3 (Patch) in tuesday-berlin
  Tue 2026-11-24 03:02  initech, umbra    run 17.2.3
  Tue 2026-11-24 03:02  initech, umbra    17.2.4 (Patch) waits: WaveNotReached: wave canary has not vouched for 17.2.4 yet
  Thu 2026-11-26 03:00  acme, globex      start 17.2.3 → 17.2.4 (Patch) in thursday-berlin
  Thu 2026-11-26 03:02  acme, globex      run 17.2.4
  Thu 2026-11-26 03:02  acme, globex      17.2.5 (Patch) waits: AwaitingCut until Mon 2026-11-30 01:00; may start Thu 2026-12-03 03:00
  Fri 2026-11-27 03:02  initech, umbra    17.2.4 (Patch) may start Tue 2026-12-01 03:00
  Fri 2026-11-27 03:02  wave canary       vouches for 17.2.4
  Mon 2026-11-30 01:00  acme, globex      17.2.5 (Patch) may start Thu 2026-12-03 03:00
> Mon 2026-11-30 15:00  the release manager publishes 17.2.6
  Tue 2026-12-01 03:00  initech, umbra    start 17.2.3 → 17.2.4 (Patch) in tuesday-berlin
  Tue 2026-12-01 03:02  initech, umbra    run 17.2.4
  Tue 2026-12-01 03:02  initech, umbra    17.2.5 (Patch) waits: WaveNotReached: wave canary has not vouched for 17.2.5 yet
  Thu 2026-12-03 03:00  acme, globex      start 17.2.4 → 17.2.5 (Patch) in thursday-berlin
  Thu 2026-12-03 03:02  acme, globex      run 17.2.5
  Thu 2026-12-03 03:02  acme, globex      17.2.6 (Patch) waits: AwaitingCut until Mon 2026-12-07 01:00; may start Thu 2026-12-10 03:00
> Thu 2026-12-03 09:00  the story ends
