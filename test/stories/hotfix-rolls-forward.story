A hotfix brings stuck canaries forward without waiting for their window

Auth of 18.1.2 never gets Ready, and both canaries are stuck on it. The release manager publishes 18.1.3 on Friday. From the
cut on Monday the canaries may have it, and take it at once: their window opens on Thursday, but service is degraded already.
It is still the attempt of Thursday that ends well, at 18.1.3; what it got stuck on stays halted. Once the canaries have run
18.1.3 for a day they vouch for it, and the others go there in their own window, as ever.

GIVEN two-waves.yaml and
  apiVersion: slacktide.dev/v1alpha1
  kind: ReleaseChannel
  metadata: {name: stable}
  spec:
    releases:
      - {version: 17.2.1, releasedAt: "2026-09-01T12:00:00Z"}
      - {version: 18.1.2, releasedAt: "2026-10-12T12:00:00Z"}

TIMELINE Europe/Berlin

> Mon 2026-11-02 09:00  Slacktide is installed
  Mon 2026-11-02 09:00  acme, globex      are up at 17.2.1
  Mon 2026-11-02 09:00  acme, globex      18.1.2 (Major) waits: LineNotOpen until Mon 2026-11-09 01:00; may start Thu 2026-11-12 03:00
  Mon 2026-11-02 09:00  initech, umbra    are up at 17.2.1
  Mon 2026-11-02 09:00  initech, umbra    18.1.2 (Major) waits: LineNotOpen until Mon 2026-11-09 01:00
                                            WaveNotReached: wave canary has not vouched for 18.1.2 yet
  Mon 2026-11-02 09:00  wave canary       vouches for 17.2.1
> Wed 2026-11-04 12:00  auth pods at 18.1.2 stop getting Ready: a migration in it fails
  Mon 2026-11-09 01:00  acme, globex      18.1.2 (Major) may start Thu 2026-11-12 03:00
  Mon 2026-11-09 01:00  initech, umbra    18.1.2 (Major) waits: WaveNotReached: wave canary has not vouched for 18.1.2 yet
  Mon 2026-11-09 01:00  line 18           opens
  Thu 2026-11-12 03:00  acme, globex      start 17.2.1 → 18.1.2 (Major) in thursday-berlin
  Thu 2026-11-12 03:15  acme, globex      are stuck at Auth on the way to 18.1.2: auth did not become Ready at 18.1.2 in time
  Thu 2026-11-12 03:15  initech, umbra    Major lane waits: ReleaseHalted: 18.1.2 failed on too many tenants
  Thu 2026-11-12 03:15  stable            is Halted: Failed on too many tenants: 18.1.2
> Fri 2026-11-13 12:00  the release manager publishes 18.1.3: it mends the migration
  Fri 2026-11-13 12:00  initech, umbra    18.1.3 (Major) waits: TooYoung: 18.1.3 is too young
  Sat 2026-11-14 12:00  initech, umbra    18.1.3 (Major) waits: AwaitingCut: 18.1.3 waits for the next patch cut
  Mon 2026-11-16 01:00  acme, globex      roll forward to 18.1.3
  Mon 2026-11-16 01:00  initech, umbra    18.1.3 (Major) waits: WaveNotReached: wave canary has not vouched for 18.1.3 yet
  Mon 2026-11-16 01:02  acme, globex      run 18.1.3
  Tue 2026-11-17 01:02  initech, umbra    18.1.3 (Major) may start Tue 2026-11-17 03:00
  Tue 2026-11-17 01:02  wave canary       vouches for 18.1.3
  Tue 2026-11-17 03:00  initech, umbra    start 17.2.1 → 18.1.3 (Major) in tuesday-berlin
  Tue 2026-11-17 03:02  initech, umbra    run 18.1.3
> Wed 2026-11-18 09:00  the story ends
