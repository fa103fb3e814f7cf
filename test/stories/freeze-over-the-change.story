A freeze that covers the fleet while the clocks go back

On 25 October Berlin's clocks go back at three in the morning. Whoever is on call that weekend wants no upgrade from
Friday evening to Monday morning. Saturday's and Sunday's windows open and nothing starts. On Tuesday all is as before, at
three by the clock on the wall.

GIVEN three-tenants.yaml and
  apiVersion: slacktide.dev/v1alpha1
  kind: MaintenanceWindow
  metadata: {name: tuesday-berlin}
  spec: {schedule: "0 3 * * 0,2,6"}
  ---
  apiVersion: slacktide.dev/v1alpha1
  kind: ReleaseChannel
  metadata: {name: stable}
  spec:
    patch: {cut: "0 0 * * *"}

TIMELINE Europe/Berlin

> Thu 2026-10-22 09:00  Slacktide is installed
  Thu 2026-10-22 09:00  acme, globex, initech  are up at 17.2.1
> Thu 2026-10-22 15:00  the release manager publishes 17.2.2
  Thu 2026-10-22 15:00  acme, globex      17.2.2 (Patch) waits: TooYoung until Sat 2026-10-24 02:00; may start Sat 2026-10-24 03:00
  Thu 2026-10-22 15:00  initech           17.2.2 (Patch) waits: TooYoung until Sat 2026-10-24 02:00; may start Tue 2026-10-27 18:00
> Fri 2026-10-23 12:00  the SRE on call applies
>   apiVersion: slacktide.dev/v1alpha1
>   kind: Freeze
>   metadata: {name: clocks-go-back}
>   spec:
>     from: 2026-10-23T16:00:00Z
>     until: 2026-10-26T07:00:00Z
>     owner: the SRE on call
>     reason: nobody wants to upgrade in the hour that comes twice
  Fri 2026-10-23 12:00  acme, globex      17.2.2 (Patch) waits: TooYoung until Sat 2026-10-24 02:00; may start Tue 2026-10-27 03:00
  Fri 2026-10-23 15:00  acme, globex      17.2.2 (Patch) waits: AwaitingCut until Sat 2026-10-24 02:00; may start Tue 2026-10-27 03:00
  Fri 2026-10-23 15:00  initech           17.2.2 (Patch) waits: AwaitingCut until Sat 2026-10-24 02:00; may start Tue 2026-10-27 18:00
  Fri 2026-10-23 18:00  Freeze clocks-go-back  begins
  Fri 2026-10-23 18:00  acme, globex      17.2.2 (Patch) waits: AwaitingCut until Sat 2026-10-24 02:00
                                            Frozen until Mon 2026-10-26 08:00: freeze clocks-go-back: nobody wants to upgrade in the hour that comes twice (the SRE on call)
                                            may start Tue 2026-10-27 03:00
  Fri 2026-10-23 18:00  initech           17.2.2 (Patch) waits: AwaitingCut until Sat 2026-10-24 02:00
                                            Frozen until Mon 2026-10-26 08:00: freeze clocks-go-back: nobody wants to upgrade in the hour that comes twice (the SRE on call)
                                            may start Tue 2026-10-27 18:00
  Sat 2026-10-24 02:00  acme, globex      17.2.2 (Patch) waits: Frozen until Mon 2026-10-26 08:00: freeze clocks-go-back: nobody wants to upgrade in the hour that comes twice (the SRE on call); may start Tue 2026-10-27 03:00
  Sat 2026-10-24 02:00  initech           17.2.2 (Patch) waits: Frozen until Mon 2026-10-26 08:00: freeze clocks-go-back: nobody wants to upgrade in the hour that comes twice (the SRE on call); may start Tue 2026-10-27 18:00
  Mon 2026-10-26 08:00  Freeze clocks-go-back  ends
  Mon 2026-10-26 08:00  acme, globex      17.2.2 (Patch) may start Tue 2026-10-27 03:00
  Mon 2026-10-26 08:00  initech           17.2.2 (Patch) may start Tue 2026-10-27 18:00
  Tue 2026-10-27 03:00  acme, globex      start 17.2.1 → 17.2.2 (Patch) in tuesday-berlin
  Tue 2026-10-27 03:02  acme, globex      run 17.2.2
  Tue 2026-10-27 18:00  initech           starts 17.2.1 → 17.2.2 (Patch) in wednesday-tokyo
  Tue 2026-10-27 18:02  initech           runs 17.2.2
> Wed 2026-10-28 09:00  the story ends
