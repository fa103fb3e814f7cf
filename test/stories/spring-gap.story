A start that the clocks skip in spring

On 28 March 2027 the hour from two to three does not exist in Berlin. A window that starts at half past two every night
starts at half past three that night (as RFC 5545 reads such a time), once, and is open for its full two hours.

GIVEN one-tenant.yaml and
  apiVersion: slacktide.dev/v1alpha1
  kind: MaintenanceWindow
  metadata: {name: tuesday-berlin}
  spec: {schedule: "30 2 * * *", duration: 2h}
  ---
  apiVersion: slacktide.dev/v1alpha1
  kind: ReleaseChannel
  metadata: {name: stable}
  spec: {patch: {cut: "0 0 * * *", minAge: 0s}}

TIMELINE Europe/Berlin

> Fri 2027-03-26 09:00  Slacktide is installed
  Fri 2027-03-26 09:00  acme              is up at 17.2.1
> Fri 2027-03-26 15:00  the release manager publishes 17.2.2
  Fri 2027-03-26 15:00  acme              17.2.2 (Patch) waits: AwaitingCut until Sat 2027-03-27 01:00; may start Sat 2027-03-27 02:30
  Sat 2027-03-27 01:00  acme              17.2.2 (Patch) may start Sat 2027-03-27 02:30
  Sat 2027-03-27 02:30  acme              starts 17.2.1 → 17.2.2 (Patch) in tuesday-berlin
  Sat 2027-03-27 02:32  acme              runs 17.2.2
> Sat 2027-03-27 15:00  the release manager publishes 17.2.3
  Sat 2027-03-27 15:00  acme              17.2.3 (Patch) waits: AwaitingCut until Sun 2027-03-28 01:00; may start Sun 2027-03-28 03:30
  Sun 2027-03-28 01:00  acme              17.2.3 (Patch) may start Sun 2027-03-28 03:30
  Sun 2027-03-28 03:30  acme              starts 17.2.2 → 17.2.3 (Patch) in tuesday-berlin
  Sun 2027-03-28 03:32  acme              runs 17.2.3
> Sun 2027-03-28 15:00  the release manager publishes 17.2.4
  Sun 2027-03-28 15:00  acme              17.2.4 (Patch) waits: AwaitingCut until Mon 2027-03-29 02:00; may start Mon 2027-03-29 02:30
  Mon 2027-03-29 02:00  acme              17.2.4 (Patch) may start Mon 2027-03-29 02:30
  Mon 2027-03-29 02:30  acme              starts 17.2.3 → 17.2.4 (Patch) in tuesday-berlin
  Mon 2027-03-29 02:32  acme              runs 17.2.4
> Mon 2027-03-29 09:00  the story ends
