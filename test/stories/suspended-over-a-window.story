A tenant that is switched off over its window

Acme's owner switches the tenant off on Monday and on again on Wednesday. Tuesday's window goes by without it; nothing is
made up for in the middle of the week. Globex, which shares the window, is upgraded as usual.

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
> Mon 2026-11-23 18:00  the owner of acme suspends acme
  Mon 2026-11-23 18:00  acme              is Suspended
  Mon 2026-11-23 18:00  acme              17.2.2 (Patch) waits: Suspended: spec.suspend is set
  Mon 2026-11-23 18:00  acme              Major lane waits: Suspended: spec.suspend is set
                                            Unhealthy: the tenant is not Ready
  Tue 2026-11-24 03:00  globex            starts 17.2.1 → 17.2.2 (Patch) in tuesday-berlin
  Tue 2026-11-24 03:02  globex            runs 17.2.2
  Tue 2026-11-24 18:00  initech           starts 17.2.1 → 17.2.2 (Patch) in wednesday-tokyo
  Tue 2026-11-24 18:02  initech           runs 17.2.2
> Wed 2026-11-25 09:00  the owner of acme resumes acme
  Wed 2026-11-25 09:00  acme              is Active again
  Wed 2026-11-25 09:00  acme              17.2.2 (Patch) may start Tue 2026-12-01 03:00
  Tue 2026-12-01 03:00  acme              starts 17.2.1 → 17.2.2 (Patch) in tuesday-berlin
  Tue 2026-12-01 03:02  acme              runs 17.2.2
> Wed 2026-12-02 09:00  the story ends
