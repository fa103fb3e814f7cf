The red button, in the middle of an upgrade

While acme and globex are being upgraded the SRE on call hears that proxies of 17.2.2 don't answer, and presses the red
button: a Freeze of everything that also holds what is under way. Auth is just restarting, which is not interrupted; then
both stop at the safe point before their proxies. It was a false alarm: the Freeze is deleted an hour later, and they go
on where they stopped. Initech, whose window had not come yet, waits for no other one.

GIVEN three-tenants.yaml

TIMELINE Europe/Berlin

> Wed 2026-11-18 09:00  Slacktide is installed
  Wed 2026-11-18 09:00  acme, globex, initech  are up at 17.2.1
> Thu 2026-11-19 15:00  the release manager publishes 17.2.2
  Thu 2026-11-19 15:00  acme, globex      17.2.2 (Patch) waits: TooYoung until Mon 2026-11-23 01:00; may start Tue 2026-11-24 03:00
  Thu 2026-11-19 15:00  initech           17.2.2 (Patch) waits: TooYoung until Mon 2026-11-23 01:00; may start Tue 2026-11-24 18:00
  Fri 2026-11-20 15:00  acme, globex      17.2.2 (Patch) waits: AwaitingCut until Mon 2026-11-23 01:00; may start Tue 2026-11-24 03:00
  Fri 2026-11-20 15:00  initech           17.2.2 (Patch) waits: AwaitingCut until Mon 2026-11-23 01:00; may start Tue 2026-11-24 18:00
  Mon 2026-11-23 01:00  acme, globex      17.2.2 (Patch) may start Tue 2026-11-24 03:00
  Mon 2026-11-23 01:00  initech           17.2.2 (Patch) may start Tue 2026-11-24 18:00
> Tue 2026-11-24 02:50  auth pods at 17.2.2 stop getting Ready: the registry is slow this night
  Tue 2026-11-24 03:00  acme, globex      start 17.2.1 → 17.2.2 (Patch) in tuesday-berlin
> Tue 2026-11-24 03:05  the SRE on call applies
>   apiVersion: slacktide.dev/v1alpha1
>   kind: Freeze
>   metadata: {name: red-button}
>   spec:
>     until: 2026-11-24T20:00:00Z
>     pauseRunning: true
>     owner: the SRE on call
>     reason: proxies of 17.2.2 do not answer
  Tue 2026-11-24 03:05  Freeze red-button  begins
  Tue 2026-11-24 03:05  initech           17.2.2 (Patch) waits: Frozen until Tue 2026-11-24 21:00: freeze red-button: proxies of 17.2.2 do not answer (the SRE on call); may start Tue 2026-12-01 18:00
> Tue 2026-11-24 03:06  auth pods at 17.2.2 get Ready again: the image is there
  Tue 2026-11-24 03:06  acme, globex      pause on the way to 17.2.2: held before its next step by freeze red-button
> Tue 2026-11-24 04:15  the SRE on call deletes Freeze red-button: it was the load balancer
  Tue 2026-11-24 04:15  Freeze red-button  is no more
  Tue 2026-11-24 04:15  acme, globex      go on to 17.2.2
  Tue 2026-11-24 04:15  initech           17.2.2 (Patch) may start Tue 2026-11-24 18:00
  Tue 2026-11-24 04:17  acme, globex      run 17.2.2
  Tue 2026-11-24 18:00  initech           starts 17.2.1 → 17.2.2 (Patch) in wednesday-tokyo
  Tue 2026-11-24 18:02  initech           runs 17.2.2
> Thu 2026-11-26 09:00  the story ends
