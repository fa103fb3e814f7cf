One at a time

Three tenants share a night, and the channel lets one upgrade run at a time. Whoever has waited longest since the last
upgrade goes first; the others say that they wait for a slot, and follow one after the other in the same night.

GIVEN three-tenants.yaml and
  apiVersion: slacktide.dev/v1alpha1
  kind: ReleaseChannel
  metadata: {name: stable}
  spec: {rollout: {maxParallel: 1}}
  ---
  apiVersion: slacktide.dev/v1alpha1
  kind: Tenant
  metadata: {name: initech}
  spec: {windows: [tuesday-berlin], proxy: {replicas: 1}}
  ---
  apiVersion: slacktide.dev/v1alpha1
  kind: Tenant
  metadata: {name: acme}
  spec: {proxy: {replicas: 1}}
  ---
  apiVersion: slacktide.dev/v1alpha1
  kind: Tenant
  metadata: {name: globex}
  spec: {proxy: {replicas: 1}}

TIMELINE Europe/Berlin

> Wed 2026-11-18 09:00  Slacktide is installed
  Wed 2026-11-18 09:00  acme, globex, initech  are up at 17.2.1
> Thu 2026-11-19 15:00  the release manager publishes 17.2.2
  Thu 2026-11-19 15:00  acme, globex, initech  17.2.2 (Patch) waits: TooYoung until Mon 2026-11-23 01:00; may start Tue 2026-11-24 03:00
  Fri 2026-11-20 15:00  acme, globex, initech  17.2.2 (Patch) waits: AwaitingCut until Mon 2026-11-23 01:00; may start Tue 2026-11-24 03:00
  Mon 2026-11-23 01:00  acme, globex, initech  17.2.2 (Patch) may start Tue 2026-11-24 03:00
  Tue 2026-11-24 03:00  acme, globex      17.2.2 (Patch) waits: ConcurrencyLimit: as many upgrades run as spec.rollout.maxParallel allows
  Tue 2026-11-24 03:00  initech           starts 17.2.1 → 17.2.2 (Patch) in tuesday-berlin
  Tue 2026-11-24 03:02  globex            starts 17.2.1 → 17.2.2 (Patch) in tuesday-berlin
  Tue 2026-11-24 03:02  initech           runs 17.2.2
  Tue 2026-11-24 03:04  acme              starts 17.2.1 → 17.2.2 (Patch) in tuesday-berlin
  Tue 2026-11-24 03:04  globex            runs 17.2.2
  Tue 2026-11-24 03:06  acme              runs 17.2.2
> Thu 2026-11-26 15:00  the release manager publishes 17.2.3
  Thu 2026-11-26 15:00  acme, globex, initech  17.2.3 (Patch) waits: TooYoung until Mon 2026-11-30 01:00; may start Tue 2026-12-01 03:00
  Fri 2026-11-27 15:00  acme, globex, initech  17.2.3 (Patch) waits: AwaitingCut until Mon 2026-11-30 01:00; may start Tue 2026-12-01 03:00
  Mon 2026-11-30 01:00  acme, globex, initech  17.2.3 (Patch) may start Tue 2026-12-01 03:00
  Tue 2026-12-01 03:00  acme, globex      17.2.3 (Patch) waits: ConcurrencyLimit: as many upgrades run as spec.rollout.maxParallel allows
  Tue 2026-12-01 03:00  initech           starts 17.2.2 → 17.2.3 (Patch) in tuesday-berlin
  Tue 2026-12-01 03:02  globex            starts 17.2.2 → 17.2.3 (Patch) in tuesday-berlin
  Tue 2026-12-01 03:02  initech           runs 17.2.3
  Tue 2026-12-01 03:04  acme              starts 17.2.2 → 17.2.3 (Patch) in tuesday-berlin
  Tue 2026-12-01 03:04  globex            runs 17.2.3
  Tue 2026-12-01 03:06  acme              runs 17.2.3
> Wed 2026-12-02 09:00  the story ends
