Short of slots

Three tenants share a window that is hardly longer than an upgrade, and the channel lets one upgrade run at a time: one a week,
and the third would get the release after two cuts only. The channel says so as soon as the release is eligible, two weeks before
it would come to pass. Two slots are enough, and it says no more.

GIVEN three-tenants.yaml and
  apiVersion: slacktide.dev/v1alpha1
  kind: ReleaseChannel
  metadata: {name: stable}
  spec: {rollout: {maxParallel: 1}}
  ---
  apiVersion: slacktide.dev/v1alpha1
  kind: MaintenanceWindow
  metadata: {name: tuesday-berlin}
  spec: {duration: 21m}
  ---
  apiVersion: slacktide.dev/v1alpha1
  kind: Tenant
  metadata: {name: initech}
  spec: {windows: [tuesday-berlin]}

TIMELINE Europe/Berlin

> Wed 2026-11-18 09:00  Slacktide is installed
  Wed 2026-11-18 09:00  acme, globex, initech  are up at 17.2.1
> Thu 2026-11-19 15:00  the release manager publishes 17.2.2
  Thu 2026-11-19 15:00  acme, globex, initech  17.2.2 (Patch) waits: TooYoung until Mon 2026-11-23 01:00; may start Tue 2026-11-24 03:00
  Fri 2026-11-20 15:00  acme, globex, initech  17.2.2 (Patch) waits: AwaitingCut until Mon 2026-11-23 01:00; may start Tue 2026-11-24 03:00
  Mon 2026-11-23 01:00  acme, globex, initech  17.2.2 (Patch) may start Tue 2026-11-24 03:00
  Mon 2026-11-23 01:00  stable            is CapacityShort: For want of slots alone 17.2.2 will not reach acme within two cuts: raise rollout.maxParallel, or spread the windows
> Mon 2026-11-23 10:00  the release manager applies: two at a time
>   apiVersion: slacktide.dev/v1alpha1
>   kind: ReleaseChannel
>   metadata: {name: stable}
>   spec: {rollout: {maxParallel: 2}}
  Mon 2026-11-23 10:00  stable            is CapacityShort no longer
  Tue 2026-11-24 03:00  acme              17.2.2 (Patch) waits: ConcurrencyLimit: as many upgrades run as spec.rollout.maxParallel allows
  Tue 2026-11-24 03:00  globex, initech   start 17.2.1 → 17.2.2 (Patch) in tuesday-berlin
  Tue 2026-11-24 03:02  globex, initech   run 17.2.2
  Tue 2026-11-24 03:21  acme              17.2.2 (Patch) may start Tue 2026-12-01 03:00
  Tue 2026-12-01 03:00  acme              starts 17.2.1 → 17.2.2 (Patch) in tuesday-berlin
  Tue 2026-12-01 03:02  acme              runs 17.2.2
> Wed 2026-12-02 09:00  the story ends
