Slacktide itself is upgraded, and no pod restarts

A new Slacktide renders other pod templates (revision 3: another image, longer grace periods). Installing it changes no
tenant: each keeps the template that it was last given, and the next patch takes the new one along, in its window. The
same goes for revision 4, which is installed in the middle of two upgrades: what they had rolled before that waits for their next
opening (class Config). A pod that came outside of any upgrade would stand here.

GIVEN three-tenants.yaml

TIMELINE Europe/Berlin

> Wed 2026-11-18 09:00  Slacktide is installed
  Wed 2026-11-18 09:00  acme, globex, initech  are up at 17.2.1
> Thu 2026-11-19 10:00  Slacktide is upgraded to pod templates of revision 3: helm upgrade, on a working day
  Thu 2026-11-19 10:00  acme, globex      17.2.1 (Config: image registry.example/teleport-r3, template revision 3) may start Tue 2026-11-24 03:00
  Thu 2026-11-19 10:00  initech           17.2.1 (Config: image registry.example/teleport-r3, template revision 3) may start Tue 2026-11-24 18:00
> Thu 2026-11-19 15:00  the release manager publishes 17.2.2
  Mon 2026-11-23 01:00  acme, globex      17.2.2 (Patch) may start Tue 2026-11-24 03:00
  Mon 2026-11-23 01:00  initech           17.2.2 (Patch) may start Tue 2026-11-24 18:00
  Tue 2026-11-24 03:00  acme, globex      start 17.2.1 → 17.2.2 (Patch) in tuesday-berlin
  Tue 2026-11-24 03:00  acme, globex      have pod templates of revision 3
> Tue 2026-11-24 03:01  Slacktide is upgraded to pod templates of revision 4: also in the middle of an upgrade
  Tue 2026-11-24 03:03  acme, globex      run 17.2.2
  Tue 2026-11-24 07:00  acme, globex      17.2.2 (Config: image registry.example/teleport-r4, template revision 4) may start Tue 2026-12-01 03:00
  Tue 2026-11-24 18:00  initech           starts 17.2.1 → 17.2.2 (Patch) in wednesday-tokyo
  Tue 2026-11-24 18:00  initech           has pod templates of revision 4
  Tue 2026-11-24 18:02  initech           runs 17.2.2
> Thu 2026-11-26 09:00  the story ends
