The life of a lapsing tenant, day by day

Three subscriptions lapse in the billing system, and it says so on the first of December, with dates that lie weeks back. What
counts is when Slacktide saw it: all three serve on for three days, are switched off, and keep their data for as long as their
retention says. Initech's owner pays on the fifth, and initech comes back at the version it had. Globex is renewed an hour
before its data is due; and acme a day too late: its data is gone, and its Tenant stays as a tombstone.

GIVEN three-tenants.yaml

TIMELINE Europe/Berlin

> Tue 2026-12-01 07:00  Slacktide is installed
  Tue 2026-12-01 07:00  acme, globex, initech  are up at 17.2.1
> Tue 2026-12-01 08:00  the release manager publishes 17.2.2
  Tue 2026-12-01 08:00  acme, globex      17.2.2 (Patch) waits: TooYoung until Mon 2026-12-07 01:00; may start Tue 2026-12-08 03:00
  Tue 2026-12-01 08:00  initech           17.2.2 (Patch) waits: TooYoung until Mon 2026-12-07 01:00; may start Tue 2026-12-08 18:00
> Tue 2026-12-01 09:00  the billing system applies
>   apiVersion: slacktide.dev/v1alpha1
>   kind: Tenant
>   metadata: {name: acme}
>   spec: {subscription: {lapsedAt: "2026-10-15T00:00:00Z", retention: 168h}}
>   ---
>   apiVersion: slacktide.dev/v1alpha1
>   kind: Tenant
>   metadata: {name: globex}
>   spec: {subscription: {lapsedAt: "2026-10-15T00:00:00Z", retention: 168h}}
>   ---
>   apiVersion: slacktide.dev/v1alpha1
>   kind: Tenant
>   metadata: {name: initech}
>   spec: {subscription: {lapsedAt: "2026-10-15T00:00:00Z"}}
  Tue 2026-12-01 09:00  acme, globex, initech  are Lapsed: GracePeriod
  Tue 2026-12-01 09:00  acme, globex, initech  17.2.2 (Patch) waits: Suspended: the subscription lapsed
                                            TooYoung until Mon 2026-12-07 01:00
  Tue 2026-12-01 09:00  acme, globex, initech  Major lane waits: Suspended: the subscription lapsed
  Wed 2026-12-02 08:00  acme, globex, initech  17.2.2 (Patch) waits: Suspended: the subscription lapsed
                                            AwaitingCut until Mon 2026-12-07 01:00
  Fri 2026-12-04 09:00  acme, globex, initech  are Lapsed: SwitchedOff
  Fri 2026-12-04 09:00  acme, globex, initech  Major lane waits: Suspended: the subscription lapsed
                                            Unhealthy: the tenant is not Ready
> Sat 2026-12-05 12:00  the billing system applies
>   apiVersion: slacktide.dev/v1alpha1
>   kind: Tenant
>   metadata: {name: initech}
>   spec: {subscription: {lapsedAt: null}}
  Sat 2026-12-05 12:00  initech           is Lapsed no more
  Sat 2026-12-05 12:00  initech           is Active again
  Sat 2026-12-05 12:00  initech           17.2.2 (Patch) waits: AwaitingCut until Mon 2026-12-07 01:00; may start Tue 2026-12-08 18:00
> Sun 2026-12-06 10:00  Slacktide is killed
  Mon 2026-12-07 01:00  acme, globex      17.2.2 (Patch) waits: Suspended: the subscription lapsed
  Mon 2026-12-07 01:00  initech           17.2.2 (Patch) may start Tue 2026-12-08 18:00
> Tue 2026-12-08 08:00  the billing system applies
>   apiVersion: slacktide.dev/v1alpha1
>   kind: Tenant
>   metadata: {name: globex}
>   spec: {subscription: {lapsedAt: null}}
  Tue 2026-12-08 08:00  globex            is Lapsed no more
  Tue 2026-12-08 08:00  globex            is Active again
  Tue 2026-12-08 08:00  globex            17.2.2 (Patch) may start Tue 2026-12-15 03:00
  Tue 2026-12-08 09:00  acme              is Lapsed: Purging
  Tue 2026-12-08 09:00  acme              is Lapsed: Purged: Namespace tenant-acme, PersistentVolumeClaim tenant-acme/auth-data
  Tue 2026-12-08 18:00  initech           starts 17.2.1 → 17.2.2 (Patch) in wednesday-tokyo
  Tue 2026-12-08 18:02  initech           runs 17.2.2
> Wed 2026-12-09 09:00  the billing system applies
>   apiVersion: slacktide.dev/v1alpha1
>   kind: Tenant
>   metadata: {name: acme}
>   spec: {subscription: {lapsedAt: null}}
  Wed 2026-12-09 09:00  acme              is Stalled: Purged: the subscription runs again, but the tenant's data is deleted and cannot come back: delete this Tenant and create it anew
> Thu 2026-12-10 09:00  the story ends
