A patch that fails rolls back, is tried again, halts, and is resumed

17.2.2 does not start with the tenants' storage. Acme, which has a window every night, tries it on Monday, goes back by
itself, and tries again on Tuesday: one tenant that fails twice is still one failure. On Tuesday evening initech fails as
well, which is one more than the channel allows: 17.2.2 is halted for all, and globex never gets to see it. The cause is
found in the storage, not in the release. Once it is mended an Approval lets the release go on: it acknowledges the
failures so far, and none to come.

GIVEN three-tenants.yaml and
  apiVersion: slacktide.dev/v1alpha1
  kind: MaintenanceWindow
  metadata: {name: every-night}
  spec: {schedule: "0 3 * * *", duration: 2h, timeZone: Europe/Berlin}
  ---
  apiVersion: slacktide.dev/v1alpha1
  kind: Tenant
  metadata: {name: acme}
  spec: {windows: [every-night]}
  ---
  apiVersion: slacktide.dev/v1alpha1
  kind: Tenant
  metadata: {name: globex}
  spec: {windows: [saturday-berlin]}
  ---
  apiVersion: slacktide.dev/v1alpha1
  kind: MaintenanceWindow
  metadata: {name: saturday-berlin}
  spec: {schedule: "0 3 * * 6", duration: 4h, timeZone: Europe/Berlin}
  ---
  apiVersion: slacktide.dev/v1alpha1
  kind: ReleaseChannel
  metadata: {name: stable}
  spec:
    rollout: {maxFailures: 1, maxAttempts: 3}

TIMELINE Europe/Berlin

> Sun 2026-11-22 09:00  Slacktide is installed
> Sun 2026-11-22 09:00  auth pods at 17.2.2 stop getting Ready: the storage refuses it
  Sun 2026-11-22 09:00  acme, globex, initech  are up at 17.2.1
> Sun 2026-11-22 15:00  the release manager publishes 17.2.2
  Sun 2026-11-22 15:00  acme              17.2.2 (Patch) waits: TooYoung until Mon 2026-11-30 01:00; may start Mon 2026-11-30 03:00
  Sun 2026-11-22 15:00  globex            17.2.2 (Patch) waits: TooYoung until Mon 2026-11-30 01:00; may start Sat 2026-12-05 03:00
  Sun 2026-11-22 15:00  initech           17.2.2 (Patch) waits: TooYoung until Mon 2026-11-30 01:00; may start Tue 2026-12-01 18:00
  Mon 2026-11-23 15:00  acme              17.2.2 (Patch) waits: AwaitingCut until Mon 2026-11-30 01:00; may start Mon 2026-11-30 03:00
  Mon 2026-11-23 15:00  globex            17.2.2 (Patch) waits: AwaitingCut until Mon 2026-11-30 01:00; may start Sat 2026-12-05 03:00
  Mon 2026-11-23 15:00  initech           17.2.2 (Patch) waits: AwaitingCut until Mon 2026-11-30 01:00; may start Tue 2026-12-01 18:00
  Mon 2026-11-30 01:00  acme              17.2.2 (Patch) may start Mon 2026-11-30 03:00
  Mon 2026-11-30 01:00  globex            17.2.2 (Patch) may start Sat 2026-12-05 03:00
  Mon 2026-11-30 01:00  initech           17.2.2 (Patch) may start Tue 2026-12-01 18:00
  Mon 2026-11-30 03:00  acme              starts 17.2.1 → 17.2.2 (Patch) in every-night
  Mon 2026-11-30 03:15  acme              rolls back to 17.2.1: auth did not become Ready at 17.2.2 in time
  Mon 2026-11-30 03:15  acme              runs 17.2.1 again
  Mon 2026-11-30 03:15  acme              17.2.2 (Patch) waits: RetryNextOpening until Tue 2026-12-01 03:00; may start Tue 2026-12-01 03:00
  Mon 2026-11-30 05:00  acme              17.2.2 (Patch) may start Tue 2026-12-01 03:00
  Tue 2026-12-01 03:00  acme              starts 17.2.1 → 17.2.2 (Patch) in every-night
  Tue 2026-12-01 03:15  acme              rolls back to 17.2.1: auth did not become Ready at 17.2.2 in time
  Tue 2026-12-01 03:15  acme              runs 17.2.1 again
  Tue 2026-12-01 03:15  acme              17.2.2 (Patch) waits: RetryNextOpening until Wed 2026-12-02 03:00; may start Wed 2026-12-02 03:00
  Tue 2026-12-01 05:00  acme              17.2.2 (Patch) may start Wed 2026-12-02 03:00
  Tue 2026-12-01 18:00  initech           starts 17.2.1 → 17.2.2 (Patch) in wednesday-tokyo
  Tue 2026-12-01 18:15  acme, globex      Patch lane waits: ReleaseHalted: 17.2.2 failed on too many tenants
  Tue 2026-12-01 18:15  initech           rolls back to 17.2.1: auth did not become Ready at 17.2.2 in time
  Tue 2026-12-01 18:15  initech           runs 17.2.1 again
  Tue 2026-12-01 18:15  initech           Patch lane waits: ReleaseHalted: 17.2.2 failed on too many tenants
                                            RetryNextOpening until Tue 2026-12-08 18:00
  Tue 2026-12-01 18:15  stable            is Halted: Failed on too many tenants: 17.2.2
  Tue 2026-12-01 21:00  initech           Patch lane waits: ReleaseHalted: 17.2.2 failed on too many tenants
> Thu 2026-12-03 14:00  auth pods at 17.2.2 get Ready again: the storage is mended
> Thu 2026-12-03 15:00  the release manager approves 17.2.2 and applies
>   apiVersion: slacktide.dev/v1alpha1
>   kind: Approval
>   metadata: {name: chg-1204}
>   spec:
>     tenants: [acme, globex, initech]
>     version: 17.2.2
>     lifts: [ReleaseHalted]
>     requestedBy: the SRE on call
>     approver: the release manager
>     reason: the storage was at fault, and is mended
>     expiresAt: 2026-12-10T00:00:00Z
  Thu 2026-12-03 15:00  Approval chg-1204  is valid
  Thu 2026-12-03 15:00  acme              17.2.2 (Patch) may start Fri 2026-12-04 03:00
  Thu 2026-12-03 15:00  globex            17.2.2 (Patch) may start Sat 2026-12-05 03:00
  Thu 2026-12-03 15:00  initech           17.2.2 (Patch) may start Tue 2026-12-08 18:00
  Thu 2026-12-03 15:00  stable            goes on with 17.2.2 by approval chg-1204
  Thu 2026-12-03 15:00  stable            is Halted no longer
  Fri 2026-12-04 03:00  acme              starts 17.2.1 → 17.2.2 (Patch) in every-night, approved by chg-1204
  Fri 2026-12-04 03:02  acme              runs 17.2.2
  Sat 2026-12-05 03:00  globex            starts 17.2.1 → 17.2.2 (Patch) in saturday-berlin, approved by chg-1204
  Sat 2026-12-05 03:02  globex            runs 17.2.2
  Tue 2026-12-08 18:00  initech           starts 17.2.1 → 17.2.2 (Patch) in wednesday-tokyo, approved by chg-1204
  Tue 2026-12-08 18:02  initech           runs 17.2.2
  Thu 2026-12-10 01:00  Approval chg-1204  has expired
> Thu 2026-12-10 09:00  the story ends
