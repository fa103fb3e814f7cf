An upgrade at noon, because somebody signed for it

Globex suffers from a bug that 17.2.2 mends, and its owner does not want to wait for Tuesday. An Approval that lifts
OutsideWindow is the manual "now": globex is upgraded at once, in the middle of the day and before the cut, and its
history says by whose leave. Acme, which it does not name, waits for its window.

GIVEN three-tenants.yaml

TIMELINE Europe/Berlin

> Wed 2026-11-18 09:00  Slacktide is installed
  Wed 2026-11-18 09:00  acme, globex, initech  are up at 17.2.1
> Thu 2026-11-19 15:00  the release manager publishes 17.2.2
  Thu 2026-11-19 15:00  acme, globex      17.2.2 (Patch) waits: TooYoung until Mon 2026-11-23 01:00; may start Tue 2026-11-24 03:00
  Thu 2026-11-19 15:00  initech           17.2.2 (Patch) waits: TooYoung until Mon 2026-11-23 01:00; may start Tue 2026-11-24 18:00
> Fri 2026-11-20 12:00  the release manager approves 17.2.2 for globex and applies
>   apiVersion: slacktide.dev/v1alpha1
>   kind: Approval
>   metadata: {name: chg-1120}
>   spec:
>     tenants: [globex]
>     version: 17.2.2
>     lifts: [OutsideWindow, AwaitingCut, TooYoung]
>     requestedBy: the owner of globex
>     approver: the release manager
>     reason: logins fail, and 17.2.2 mends it
>     expiresAt: 2026-11-20T15:00:00Z
  Fri 2026-11-20 12:00  Approval chg-1120  is valid
  Fri 2026-11-20 12:00  globex            starts 17.2.1 → 17.2.2 (Patch) outside its windows, approved by chg-1120
  Fri 2026-11-20 12:02  globex            runs 17.2.2
  Fri 2026-11-20 15:00  acme              17.2.2 (Patch) waits: AwaitingCut until Mon 2026-11-23 01:00; may start Tue 2026-11-24 03:00
  Fri 2026-11-20 15:00  initech           17.2.2 (Patch) waits: AwaitingCut until Mon 2026-11-23 01:00; may start Tue 2026-11-24 18:00
  Fri 2026-11-20 16:00  Approval chg-1120  has expired
  Mon 2026-11-23 01:00  acme              17.2.2 (Patch) may start Tue 2026-11-24 03:00
  Mon 2026-11-23 01:00  initech           17.2.2 (Patch) may start Tue 2026-11-24 18:00
  Tue 2026-11-24 03:00  acme              starts 17.2.1 → 17.2.2 (Patch) in tuesday-berlin
  Tue 2026-11-24 03:02  acme              runs 17.2.2
  Tue 2026-11-24 18:00  initech           starts 17.2.1 → 17.2.2 (Patch) in wednesday-tokyo
  Tue 2026-11-24 18:02  initech           runs 17.2.2
> Thu 2026-11-26 09:00  the story ends
