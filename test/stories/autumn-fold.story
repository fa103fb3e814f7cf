A start in the hour that comes twice in autumn

On 25 October 2026 the hour from two to three comes twice in Berlin. A window that starts at half past two starts at the
first of the two, once. Its forty minutes are elapsed time: it closes at ten past two, by the clock that was set back.
17.2.3 comes while it is open: it waits until the window has closed, and when the clock shows half past two again nothing
opens, so it waits for the next night.

GIVEN one-tenant.yaml and
  apiVersion: slacktide.dev/v1alpha1
  kind: MaintenanceWindow
  metadata: {name: tuesday-berlin}
  spec: {schedule: "30 2 * * *", duration: 40m}
  ---
  apiVersion: slacktide.dev/v1alpha1
  kind: ReleaseChannel
  metadata: {name: stable}
  spec: {patch: {cut: "0 * * * *", minAge: 0s, minInterval: 0s}}

TIMELINE Europe/Berlin

> Sat 2026-10-24 09:00  Slacktide is installed
  Sat 2026-10-24 09:00  acme              is up at 17.2.1
> Sat 2026-10-24 14:50  the release manager publishes 17.2.2
  Sat 2026-10-24 14:50  acme              17.2.2 (Patch) waits: AwaitingCut until Sat 2026-10-24 15:00; may start Sun 2026-10-25 02:30 +02:00
  Sat 2026-10-24 15:00  acme              17.2.2 (Patch) may start Sun 2026-10-25 02:30 +02:00
  Sun 2026-10-25 02:30 +02:00  acme              starts 17.2.1 → 17.2.2 (Patch) in tuesday-berlin
  Sun 2026-10-25 02:32 +02:00  acme              runs 17.2.2
> Sun 2026-10-25 02:45 +02:00  the release manager publishes 17.2.3
  Sun 2026-10-25 02:45 +02:00  acme              17.2.3 (Patch) waits: AwaitingCut until Sun 2026-10-25 02:10 +01:00; may start Mon 2026-10-26 02:30
  Sun 2026-10-25 02:10 +01:00  acme              17.2.3 (Patch) may start Mon 2026-10-26 02:30
  Mon 2026-10-26 02:30  acme              starts 17.2.2 → 17.2.3 (Patch) in tuesday-berlin
  Mon 2026-10-26 02:32  acme              runs 17.2.3
> Mon 2026-10-26 09:00  the story ends
