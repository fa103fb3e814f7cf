One canary is held for its agents for a month, and the wave vouches all the same

Line 18 has just opened. Globex still has an agent on 16, which 18 would cut off: its major is held until that agent is
upgraded, and nobody knows when that will be. So the wave does not wait for globex: acme alone vouches for 18.1.2, and
everyone else goes on. A month later the agent comes back upgraded, and globex follows.

GIVEN two-waves.yaml and
  apiVersion: slacktide.dev/v1alpha1
  kind: ReleaseChannel
  metadata: {name: stable}
  spec:
    releases:
      - {version: 17.2.1, releasedAt: "2026-09-01T12:00:00Z"}
      - {version: 18.1.2, releasedAt: "2026-10-12T12:00:00Z"}

TIMELINE Europe/Berlin

> Mon 2026-11-02 00:30  Slacktide is installed
> Mon 2026-11-02 00:30  the agents of acme run 17.2.1 and 17.1.0
> Mon 2026-11-02 00:30  the agents of globex run 17.2.1 and 16.4.0
  Mon 2026-11-02 00:30  acme              is up at 17.2.1
  Mon 2026-11-02 00:30  acme              18.1.2 (Major) waits: LineNotOpen until Mon 2026-11-09 01:00; may start Thu 2026-11-12 03:00
  Mon 2026-11-02 00:30  globex            is up at 17.2.1
  Mon 2026-11-02 00:30  globex            18.1.2 (Major) waits: LineNotOpen until Mon 2026-11-09 01:00
                                            AgentsBehind: agents must run 17 first: agent-1 (host-1) at 16.4.0
  Mon 2026-11-02 00:30  initech, umbra    are up at 17.2.1
  Mon 2026-11-02 00:30  initech, umbra    18.1.2 (Major) waits: LineNotOpen until Mon 2026-11-09 01:00
                                            WaveNotReached: wave canary has not vouched for 18.1.2 yet
  Mon 2026-11-02 00:30  wave canary       vouches for 17.2.1
  Mon 2026-11-09 01:00  acme              18.1.2 (Major) may start Thu 2026-11-12 03:00
  Mon 2026-11-09 01:00  globex            18.1.2 (Major) waits: AgentsBehind: agents must run 17 first: agent-1 (host-1) at 16.4.0
  Mon 2026-11-09 01:00  initech, umbra    18.1.2 (Major) waits: WaveNotReached: wave canary has not vouched for 18.1.2 yet
  Mon 2026-11-09 01:00  line 18           opens
  Thu 2026-11-12 03:00  acme              starts 17.2.1 → 18.1.2 (Major) in thursday-berlin
  Thu 2026-11-12 03:02  acme              runs 18.1.2
  Fri 2026-11-13 03:02  initech, umbra    18.1.2 (Major) may start Tue 2026-11-17 03:00
  Fri 2026-11-13 03:02  wave canary       vouches for 18.1.2
  Tue 2026-11-17 03:00  initech, umbra    start 17.2.1 → 18.1.2 (Major) in tuesday-berlin
  Tue 2026-11-17 03:02  initech, umbra    run 18.1.2
> Fri 2026-12-04 10:00  the agents of globex run 17.2.1 and 17.2.1: the owner of globex has upgraded the last one
  Fri 2026-12-04 12:50  globex            18.1.2 (Major) may start Thu 2026-12-10 03:00
  Thu 2026-12-10 03:00  globex            starts 17.2.1 → 18.1.2 (Major) in thursday-berlin
  Thu 2026-12-10 03:02  globex            runs 18.1.2
> Sat 2026-12-12 09:00  the story ends
