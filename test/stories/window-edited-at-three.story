A window is edited at three in the morning, while it is open

The SRE on call moves Tuesday's window to five o'clock while globex is being upgraded and acme waits for the only slot.
What has begun goes on; acme, which had not, waits for five like everybody else. Later that day the window is moved to
Thursdays, and whatever comes next is reckoned from that.

GIVEN three-tenants.yaml and
  apiVersion: slacktide.dev/v1alpha1
  kind: ReleaseChannel
  metadata: {name: stable}
  spec: {rollout: {maxParallel: 1}}

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
  Tue 2026-11-24 03:00  acme              17.2.2 (Patch) waits: ConcurrencyLimit: as many upgrades run as spec.rollout.maxParallel allows
  Tue 2026-11-24 03:00  globex            starts 17.2.1 → 17.2.2 (Patch) in tuesday-berlin
> Tue 2026-11-24 03:01  the SRE on call applies: the backup runs late tonight
>   apiVersion: slacktide.dev/v1alpha1
>   kind: MaintenanceWindow
>   metadata: {name: tuesday-berlin}
>   spec: {schedule: "0 5 * * 2"}
  Tue 2026-11-24 03:01  acme              17.2.2 (Patch) may start Tue 2026-11-24 05:00
  Tue 2026-11-24 03:02  globex            runs 17.2.2
  Tue 2026-11-24 05:00  acme              starts 17.2.1 → 17.2.2 (Patch) in tuesday-berlin
  Tue 2026-11-24 05:02  acme              runs 17.2.2
> Tue 2026-11-24 10:00  the SRE on call applies: Tuesdays are no good at all
>   apiVersion: slacktide.dev/v1alpha1
>   kind: MaintenanceWindow
>   metadata: {name: tuesday-berlin}
>   spec: {schedule: "0 5 * * 4"}
> Tue 2026-11-24 15:00  the release manager publishes 17.2.3
  Tue 2026-11-24 15:00  acme, globex      17.2.3 (Patch) waits: TooYoung until Mon 2026-11-30 01:00; may start Thu 2026-12-03 05:00
  Tue 2026-11-24 18:00  initech           starts 17.2.1 → 17.2.2 (Patch) in wednesday-tokyo
  Tue 2026-11-24 18:02  initech           runs 17.2.2
  Tue 2026-11-24 18:02  initech           17.2.3 (Patch) waits: TooYoung until Mon 2026-11-30 01:00; may start Tue 2026-12-01 18:00
  Wed 2026-11-25 15:00  acme, globex      17.2.3 (Patch) waits: AwaitingCut until Mon 2026-11-30 01:00; may start Thu 2026-12-03 05:00
  Wed 2026-11-25 15:00  initech           17.2.3 (Patch) waits: AwaitingCut until Mon 2026-11-30 01:00; may start Tue 2026-12-01 18:00
  Mon 2026-11-30 01:00  acme, globex      17.2.3 (Patch) may start Thu 2026-12-03 05:00
  Mon 2026-11-30 01:00  initech           17.2.3 (Patch) may start Tue 2026-12-01 18:00
  Tue 2026-12-01 18:00  initech           starts 17.2.2 → 17.2.3 (Patch) in wednesday-tokyo
  Tue 2026-12-01 18:02  initech           runs 17.2.3
  Thu 2026-12-03 05:00  acme              17.2.3 (Patch) waits: ConcurrencyLimit: as many upgrades run as spec.rollout.maxParallel allows
  Thu 2026-12-03 05:00  globex            starts 17.2.2 → 17.2.3 (Patch) in tuesday-berlin
  Thu 2026-12-03 05:02  acme              starts 17.2.2 → 17.2.3 (Patch) in tuesday-berlin
  Thu 2026-12-03 05:02  globex            runs 17.2.3
  Thu 2026-12-03 05:04  acme              runs 17.2.3
> Fri 2026-12-04 09:00  the story ends
