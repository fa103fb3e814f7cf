A quarter opens one line at its cut

18.1.0 was published in September and 19.1.0 in November. Between two quarterly cuts one major line opens, the lowest
first: 18 in October, at the first Monday on which 18.1.0 is three weeks old, and 19, though it is old enough by
December, at the first Monday after the cut of January. X.0 releases open nothing. Acme, which took 18 in October, takes
19 then: more than the minimum interval between two majors has gone by.

GIVEN one-tenant.yaml and
  apiVersion: slacktide.dev/v1alpha1
  kind: ReleaseChannel
  metadata: {name: stable}
  spec:
    releases:
      - {version: 17.2.1, releasedAt: "2026-08-03T12:00:00Z"}
      - {version: 18.0.0, releasedAt: "2026-08-31T12:00:00Z"}
      - {version: 18.1.0, releasedAt: "2026-09-14T12:00:00Z"}

TIMELINE Europe/Berlin

> Thu 2026-10-01 09:00  Slacktide is installed
  Thu 2026-10-01 09:00  acme              is up at 17.2.1
  Thu 2026-10-01 09:00  acme              18.1.0 (Major) waits: LineNotOpen until Mon 2026-10-12 02:00; may start Tue 2026-10-13 03:00
  Mon 2026-10-12 02:00  acme              18.1.0 (Major) may start Tue 2026-10-13 03:00
  Mon 2026-10-12 02:00  line 18           opens
  Tue 2026-10-13 03:00  acme              starts 17.2.1 → 18.1.0 (Major) in tuesday-berlin
  Tue 2026-10-13 03:02  acme              runs 18.1.0
> Mon 2026-11-02 15:00  the release manager publishes 19.0.0
  Mon 2026-11-02 15:00  acme              Major lane waits: LineNotOpen: line 19 has not opened
                                            MinimumInterval until Thu 2026-11-12 02:00
  Tue 2026-11-10 03:00  acme              Major lane waits: LineNotOpen: line 19 has not opened
> Mon 2026-11-16 15:00  the release manager publishes 19.1.0
  Mon 2026-11-16 15:00  acme              19.1.0 (Major) waits: LineNotOpen until Mon 2027-01-04 01:00
                                            TooYoung until Mon 2026-11-23 01:00
                                            may start Tue 2027-01-05 03:00
  Tue 2026-11-17 15:00  acme              19.1.0 (Major) waits: LineNotOpen until Mon 2027-01-04 01:00
                                            AwaitingCut until Mon 2026-11-23 01:00
                                            may start Tue 2027-01-05 03:00
  Mon 2026-11-23 01:00  acme              19.1.0 (Major) waits: LineNotOpen until Mon 2027-01-04 01:00; may start Tue 2027-01-05 03:00
  Mon 2027-01-04 01:00  acme              19.1.0 (Major) may start Tue 2027-01-05 03:00
  Mon 2027-01-04 01:00  line 19           opens
  Tue 2027-01-05 03:00  acme              starts 18.1.0 → 19.1.0 (Major) in tuesday-berlin
  Tue 2027-01-05 03:02  acme              runs 19.1.0
> Fri 2027-01-08 09:00  the story ends
