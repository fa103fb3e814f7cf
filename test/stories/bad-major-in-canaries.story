A bad major gets stuck in every canary: the fleet is spared, and security patches still flow

Auth of 18.1.2 never gets Ready. A major that has begun is never taken back, for its data are migrated: both canaries
stay where they are, stuck, without counting against those that may be upgraded at once. Nobody vouches for 18.1.2, so
nobody else starts it, and two failures halt it for good measure. Security patches of line 17 go to everyone else
meanwhile, in their window but without waiting for the canaries. Once Auth works again the two go on by themselves.

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
> Fri 2026-11-06 12:00  the release manager publishes security release 17.2.2
  Fri 2026-11-06 12:00  acme, globex      17.2.2 (Patch) may start Thu 2026-11-12 03:00
  Fri 2026-11-06 12:00  initech, umbra    17.2.2 (Patch) may start Tue 2026-11-10 03:00
  Mon 2026-11-09 01:00  acme, globex      18.1.2 (Major) may start Thu 2026-11-12 03:00
  Mon 2026-11-09 01:00  initech, umbra    18.1.2 (Major) waits: WaveNotReached: wave canary has not vouched for 18.1.2 yet
  Mon 2026-11-09 01:00  line 18           opens
  Tue 2026-11-10 03:00  initech, umbra    start 17.2.1 → 17.2.2 (Security) in tuesday-berlin
  Tue 2026-11-10 03:02  initech, umbra    run 17.2.2
  Thu 2026-11-12 03:00  acme, globex      start 17.2.1 → 17.2.2 (Security) in thursday-berlin
  Thu 2026-11-12 03:02  acme, globex      run 17.2.2
  Thu 2026-11-12 03:02  acme, globex      start 17.2.2 → 18.1.2 (Major) in thursday-berlin
  Thu 2026-11-12 03:02  wave canary       vouches for 17.2.2
  Thu 2026-11-12 03:17  acme, globex      are stuck at Auth on the way to 18.1.2: auth did not become Ready at 18.1.2 in time
  Thu 2026-11-12 03:17  initech, umbra    Major lane waits: ReleaseHalted: 18.1.2 failed on too many tenants
  Thu 2026-11-12 03:17  stable            is Halted: Failed on too many tenants: 18.1.2
> Fri 2026-11-13 12:00  the release manager publishes security release 17.2.3
  Fri 2026-11-13 12:00  initech, umbra    17.2.3 (Patch) may start Tue 2026-11-17 03:00
  Fri 2026-11-13 12:00  wave canary       vouches for 17.2.3
  Tue 2026-11-17 03:00  initech, umbra    start 17.2.2 → 17.2.3 (Security) in tuesday-berlin
  Tue 2026-11-17 03:02  initech, umbra    run 17.2.3
> Wed 2026-11-18 10:00  auth pods at 18.1.2 get Ready again: the SRE on call has mended the data by hand
  Wed 2026-11-18 10:02  acme, globex      run 18.1.2
> Thu 2026-11-19 09:00  the story ends
