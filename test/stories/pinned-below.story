Two tenants that must not go past 17

Acme and globex are pinned to line 17. Line 18 opens and initech takes it; the two say why they don't, keep getting the
patches of 17, and when the pin of acme is raised it follows at its next opening.

GIVEN three-tenants.yaml and
  apiVersion: slacktide.dev/v1alpha1
  kind: Tenant
  metadata: {name: acme}
  spec: {upgrades: {maxMajor: 17}}
  ---
  apiVersion: slacktide.dev/v1alpha1
  kind: Tenant
  metadata: {name: globex}
  spec: {upgrades: {maxMajor: 17}}
  ---
  apiVersion: slacktide.dev/v1alpha1
  kind: ReleaseChannel
  metadata: {name: stable}
  spec:
    releases:
      - {version: 17.2.1, releasedAt: "2026-09-01T12:00:00Z"}
      - {version: 18.1.2, releasedAt: "2026-10-12T12:00:00Z"}

TIMELINE Europe/Berlin

> Wed 2026-11-04 09:00  Slacktide is installed
  Wed 2026-11-04 09:00  acme, globex      are up at 17.2.1
  Wed 2026-11-04 09:00  acme, globex      18.1.2 (Major) waits: LineNotOpen until Mon 2026-11-09 01:00
                                            PinnedBelow: spec.upgrades.maxMajor keeps the tenant at 17
  Wed 2026-11-04 09:00  initech           is up at 17.2.1
  Wed 2026-11-04 09:00  initech           18.1.2 (Major) waits: LineNotOpen until Mon 2026-11-09 01:00; may start Tue 2026-11-10 18:00
> Thu 2026-11-05 15:00  the release manager publishes 17.2.2
  Thu 2026-11-05 15:00  acme, globex      17.2.2 (Patch) waits: TooYoung until Mon 2026-11-09 01:00; may start Tue 2026-11-10 03:00
  Thu 2026-11-05 15:00  initech           17.2.2 (Patch) waits: TooYoung until Mon 2026-11-09 01:00; may start Tue 2026-11-10 18:00
  Fri 2026-11-06 15:00  acme, globex      17.2.2 (Patch) waits: AwaitingCut until Mon 2026-11-09 01:00; may start Tue 2026-11-10 03:00
  Fri 2026-11-06 15:00  initech           17.2.2 (Patch) waits: AwaitingCut until Mon 2026-11-09 01:00; may start Tue 2026-11-10 18:00
  Mon 2026-11-09 01:00  acme, globex      17.2.2 (Patch) may start Tue 2026-11-10 03:00
  Mon 2026-11-09 01:00  acme, globex      18.1.2 (Major) waits: PinnedBelow: spec.upgrades.maxMajor keeps the tenant at 17
  Mon 2026-11-09 01:00  initech           17.2.2 (Patch) may start Tue 2026-11-10 18:00
  Mon 2026-11-09 01:00  initech           18.1.2 (Major) may start Tue 2026-11-10 18:00
  Mon 2026-11-09 01:00  line 18           opens
  Tue 2026-11-10 03:00  acme, globex      start 17.2.1 → 17.2.2 (Patch) in tuesday-berlin
  Tue 2026-11-10 03:02  acme, globex      run 17.2.2
  Tue 2026-11-10 18:00  initech           starts 17.2.1 → 18.1.2 (Major) in wednesday-tokyo
  Tue 2026-11-10 18:02  initech           runs 18.1.2
> Mon 2026-11-23 10:00  the owner of acme applies: the last plug-in is ready for 18
>   apiVersion: slacktide.dev/v1alpha1
>   kind: Tenant
>   metadata: {name: acme}
>   spec: {upgrades: {maxMajor: 18}}
  Mon 2026-11-23 10:00  acme              18.1.2 (Major) may start Tue 2026-11-24 03:00
  Tue 2026-11-24 03:00  acme              starts 17.2.2 → 18.1.2 (Major) in tuesday-berlin
  Tue 2026-11-24 03:02  acme              runs 18.1.2
> Wed 2026-11-25 09:00  the story ends
