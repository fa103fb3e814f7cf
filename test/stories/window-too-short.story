A window shorter than a major takes

Tuesday's window is open for half an hour. That is enough for a patch (20 minutes), but a major takes 45: it never starts
there, and the tenant says so instead of trying. Once the SRE has made the window longer the major goes at its next
opening.

GIVEN one-tenant.yaml and
  apiVersion: slacktide.dev/v1alpha1
  kind: MaintenanceWindow
  metadata: {name: tuesday-berlin}
  spec: {duration: 30m}
  ---
  apiVersion: slacktide.dev/v1alpha1
  kind: ReleaseChannel
  metadata: {name: stable}
  spec:
    releases:
      - {version: 17.2.1, releasedAt: "2026-09-01T12:00:00Z"}
      - {version: 17.2.2, releasedAt: "2026-10-29T12:00:00Z"}
      - {version: 18.1.2, releasedAt: "2026-09-28T12:00:00Z"}

TIMELINE Europe/Berlin

> Mon 2026-11-02 09:00  Slacktide is installed
  Mon 2026-11-02 09:00  acme              is up at 17.2.1
  Mon 2026-11-02 09:00  acme              17.2.2 (Patch) may start Tue 2026-11-03 03:00
  Mon 2026-11-02 09:00  line 18           opens
  Tue 2026-11-03 03:00  acme              starts 17.2.1 → 17.2.2 (Patch) in tuesday-berlin
  Tue 2026-11-03 03:02  acme              runs 17.2.2
  Tue 2026-11-03 03:02  acme              18.1.2 (Major) waits: WindowTooShort: the rest of window tuesday-berlin is shorter than the upgrade takes
> Mon 2026-11-09 10:00  the SRE applies: an hour is enough for a major
>   apiVersion: slacktide.dev/v1alpha1
>   kind: MaintenanceWindow
>   metadata: {name: tuesday-berlin}
>   spec: {duration: 1h}
  Mon 2026-11-09 10:00  acme              18.1.2 (Major) may start Tue 2026-11-10 03:00
  Tue 2026-11-10 03:00  acme              starts 17.2.2 → 18.1.2 (Major) in tuesday-berlin
  Tue 2026-11-10 03:02  acme              runs 18.1.2
> Wed 2026-11-11 09:00  the story ends
