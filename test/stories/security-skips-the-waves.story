A security release waits neither for the cut nor for the canaries

17.2.2 is on its way through the waves when 17.2.3 mends a vulnerability. It is everybody's target from the minute it is
published: everyone else gets it on Tuesday, two days before the canaries. It still waits for each tenant's window.
17.2.4, an ordinary release, goes the usual way again.

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
> Mon 2026-11-09 15:00  the release manager publishes security release 17.2.3: it mends a vulnerability
  Mon 2026-11-09 15:00  acme, globex      17.2.3 (Patch) may start Thu 2026-11-12 03:00
  Mon 2026-11-09 15:00  initech, umbra    17.2.3 (Patch) may start Tue 2026-11-10 03:00
  Tue 2026-11-10 03:00  initech, umbra    start 17.2.1 → 17.2.3 (Security) in tuesday-berlin
  Tue 2026-11-10 03:02  initech, umbra    run 17.2.3
> Tue 2026-11-10 15:00  the release manager publishes 17.2.4
  Tue 2026-11-10 15:00  initech, umbra    17.2.4 (Patch) waits: TooYoung: 17.2.4 is too young
  Wed 2026-11-11 15:00  initech, umbra    17.2.4 (Patch) waits: AwaitingCut: 17.2.4 waits for the next patch cut
  Thu 2026-11-12 03:00  acme, globex      start 17.2.1 → 17.2.3 (Security) in thursday-berlin
  Thu 2026-11-12 03:02  acme, globex      run 17.2.3
  Thu 2026-11-12 03:02  acme, globex      17.2.4 (Patch) waits: AwaitingCut until Mon 2026-11-16 01:00; may start Thu 2026-11-19 03:00
  Fri 2026-11-13 03:02  wave canary       vouches for 17.2.3
  Mon 2026-11-16 01:00  acme, globex      17.2.4 (Patch) may start Thu 2026-11-19 03:00
  Mon 2026-11-16 01:00  initech, umbra    17.2.4 (Patch) waits: WaveNotReached: wave canary has not vouched for 17.2.4 yet
  Thu 2026-11-19 03:00  acme, globex      start 17.2.3 → 17.2.4 (Patch) in thursday-berlin
  Thu 2026-11-19 03:02  acme, globex      run 17.2.4
  Fri 2026-11-20 03:02  initech, umbra    17.2.4 (Patch) may start Tue 2026-11-24 03:00
  Fri 2026-11-20 03:02  wave canary       vouches for 17.2.4
  Tue 2026-11-24 03:00  initech, umbra    start 17.2.3 → 17.2.4 (Patch) in tuesday-berlin
  Tue 2026-11-24 03:02  initech, umbra    run 17.2.4
> Thu 2026-11-26 09:00  the story ends
