A release is withdrawn in mid wave

17.2.2 is on both canaries, and they have vouched for it; then it turns out to lose sessions. The release manager
withdraws it on Friday. Everyone else has it as its target for Tuesday and does not start it; nothing takes the canaries
back, but their way out is class Security: once 17.2.3 is a day old they leave in their next opening, before the cut.
Everyone else, who never ran 17.2.2, takes the usual way.

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
  Thu 2026-11-12 03:00  acme, globex      start 17.2.1 → 17.2.2 (Patch) in thursday-berlin
  Thu 2026-11-12 03:02  acme, globex      run 17.2.2
  Fri 2026-11-13 03:02  initech, umbra    17.2.2 (Patch) may start Tue 2026-11-17 03:00
  Fri 2026-11-13 03:02  wave canary       vouches for 17.2.2
> Fri 2026-11-13 11:00  the release manager withdraws 17.2.2: it loses sessions
  Fri 2026-11-13 11:00  acme, globex      Patch lane waits: ReleaseWithdrawn: 17.2.2, which the tenant runs, was withdrawn and nothing newer exists
  Fri 2026-11-13 11:00  initech, umbra    Patch lane waits: ReleaseWithdrawn: every newer release of the line was withdrawn
> Sun 2026-11-15 15:00  the release manager publishes 17.2.3
  Sun 2026-11-15 15:00  acme, globex      17.2.3 (Patch) waits: TooYoung until Mon 2026-11-16 15:00; may start Thu 2026-11-19 03:00
  Sun 2026-11-15 15:00  initech, umbra    17.2.3 (Patch) waits: TooYoung: 17.2.3 is too young
  Mon 2026-11-16 15:00  acme, globex      17.2.3 (Patch) may start Thu 2026-11-19 03:00
  Mon 2026-11-16 15:00  initech, umbra    17.2.3 (Patch) waits: AwaitingCut: 17.2.3 waits for the next patch cut
  Thu 2026-11-19 03:00  acme, globex      start 17.2.2 → 17.2.3 (Security) in thursday-berlin
  Thu 2026-11-19 03:02  acme, globex      run 17.2.3
  Mon 2026-11-23 01:00  initech, umbra    17.2.3 (Patch) may start Tue 2026-11-24 03:00
  Mon 2026-11-23 01:00  wave canary       vouches for 17.2.3
  Tue 2026-11-24 03:00  initech, umbra    start 17.2.1 → 17.2.3 (Patch) in tuesday-berlin
  Tue 2026-11-24 03:02  initech, umbra    run 17.2.3
> Wed 2026-11-25 09:00  the story ends
