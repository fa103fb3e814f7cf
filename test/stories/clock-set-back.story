The clock of Slacktide's node is set back by a day

On Monday night somebody sets the clock of the machine that Slacktide runs on back to Sunday. Slacktide compares it with
the API server's: the two disagree, and nothing starts until they agree again, though Tuesday's window is open. At five
the clock is set right, two hours before the window closes, and the upgrades start at once.

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
> Mon 2026-11-23 22:00  the clock of Slacktide's node is set back by 24h
  Mon 2026-11-23 22:00  acme, globex, initech  17.2.2 (Patch) waits: AwaitingCut until Mon 2026-11-23 01:00
                                            ClockUntrusted: the operator's clock and the API server's differ, or cannot be compared
  Tue 2026-11-24 01:00  acme, globex, initech  17.2.2 (Patch) waits: ClockUntrusted: the operator's clock and the API server's differ, or cannot be compared
> Tue 2026-11-24 05:00  the clock of Slacktide's node is set forward by 24h
  Tue 2026-11-24 05:00  acme, globex      start 17.2.1 → 17.2.2 (Patch) in tuesday-berlin
  Tue 2026-11-24 05:00  initech           17.2.2 (Patch) may start Tue 2026-11-24 18:00
  Tue 2026-11-24 05:02  acme, globex      run 17.2.2
  Tue 2026-11-24 18:00  initech           starts 17.2.1 → 17.2.2 (Patch) in wednesday-tokyo
  Tue 2026-11-24 18:02  initech           runs 17.2.2
> Thu 2026-11-26 09:00  the story ends
