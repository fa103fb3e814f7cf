Slacktide is killed while Auth restarts

Twice in one night the process dies in the middle of acme's and globex's upgrades. Whoever comes up next, or takes over,
finds in the objects themselves what was begun, and goes on: each tenant starts once, and nothing is repeated.

GIVEN three-tenants.yaml

TIMELINE Europe/Berlin

> Wed 2026-11-18 09:00  Slacktide is installed
  Wed 2026-11-18 09:00  acme, globex, initech  are up at 17.2.1
> Thu 2026-11-19 15:00  the release manager publishes 17.2.2
  Thu 2026-11-19 15:00  acme, globex      17.2.2 (Patch) waits: TooYoung until Mon 2026-11-23 01:00; may start Tue 2026-11-24 03:00
  Thu 2026-11-19 15:00  initech           17.2.2 (Patch) waits: TooYoung until Mon 2026-11-23 01:00; may start Tue 2026-11-24 18:00
  Fri 2026-11-20 15:00  acme, globex      17.2.2 (Patch) waits: AwaitingCut until Mon 2026-11-23 01:00; may start Tue 2026-11-24 03:00
  Fri 2026-11-20 15:00  initech           17.2.2 (Patch) waits: AwaitingCut until Mon 2026-11-23 01:00; may start Tue 2026-11-24 18:00
  Mon 2026-11-23 01:00  acme, globex      17.2.2 (Patch) may start Tue 2026-11-24 03:00
  Mon 2026-11-23 01:00  initech           17.2.2 (Patch) may start Tue 2026-11-24 18:00
> Tue 2026-11-24 02:59  Slacktide is killed when an upgrade comes to Auth
> Tue 2026-11-24 02:59  Slacktide is killed when an upgrade comes to Proxy
  Tue 2026-11-24 03:00  Slacktide         is killed, with an upgrade at Auth
  Tue 2026-11-24 03:00  Slacktide         is killed, with an upgrade at Proxy
  Tue 2026-11-24 03:00  acme, globex      start 17.2.1 → 17.2.2 (Patch) in tuesday-berlin
  Tue 2026-11-24 03:02  acme, globex      run 17.2.2
  Tue 2026-11-24 18:00  initech           starts 17.2.1 → 17.2.2 (Patch) in wednesday-tokyo
  Tue 2026-11-24 18:02  initech           runs 17.2.2
> Thu 2026-11-26 09:00  the story ends
