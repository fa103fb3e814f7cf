A patch goes out in each tenant's own night

A release is published on Thursday. At Monday's cut (00:00 UTC, that is 01:00 in Berlin) it is more than a day old and
becomes every tenant's target; each takes it when its own window opens, and nobody has to do anything.

GIVEN three-tenants.yaml

TIMELINE Europe/Berlin

> Wed 2026-11-18 09:00  Slacktide is installed
  Wed 2026-11-18 09:00  acme, globex, initech  are up at 17.2.1
> Thu 2026-11-19 15:00  the release manager publishes 17.2.2: it mends a slow login
  Thu 2026-11-19 15:00  acme, globex      17.2.2 (Patch) waits: TooYoung until Mon 2026-11-23 01:00; may start Tue 2026-11-24 03:00
  Thu 2026-11-19 15:00  initech           17.2.2 (Patch) waits: TooYoung until Mon 2026-11-23 01:00; may start Tue 2026-11-24 18:00
  Fri 2026-11-20 15:00  acme, globex      17.2.2 (Patch) waits: AwaitingCut until Mon 2026-11-23 01:00; may start Tue 2026-11-24 03:00
  Fri 2026-11-20 15:00  initech           17.2.2 (Patch) waits: AwaitingCut until Mon 2026-11-23 01:00; may start Tue 2026-11-24 18:00
  Mon 2026-11-23 01:00  acme, globex      17.2.2 (Patch) may start Tue 2026-11-24 03:00
  Mon 2026-11-23 01:00  initech           17.2.2 (Patch) may start Tue 2026-11-24 18:00
  Tue 2026-11-24 03:00  acme, globex      start 17.2.1 → 17.2.2 (Patch) in tuesday-berlin
  Tue 2026-11-24 03:02  acme, globex      run 17.2.2
  Tue 2026-11-24 18:00  initech           starts 17.2.1 → 17.2.2 (Patch) in wednesday-tokyo
  Tue 2026-11-24 18:02  initech           runs 17.2.2
> Thu 2026-11-26 09:00  the story ends
