A major that needs agents and a signature

Acme's owner wants every upgrade approved (mode Manual), and one of acme's agents is still on 16. Both are said at once,
so that clearing one does not uncover the other. An Approval lifts what people decide; what its agents need it cannot
lift, and the major waits for the last of them. By then the first Approval has expired, and another one is asked for.

GIVEN one-tenant.yaml and
  apiVersion: slacktide.dev/v1alpha1
  kind: Tenant
  metadata: {name: acme}
  spec: {upgrades: {mode: Manual}}
  ---
  apiVersion: slacktide.dev/v1alpha1
  kind: ReleaseChannel
  metadata: {name: stable}
  spec:
    releases:
      - {version: 17.2.1, releasedAt: "2026-09-01T12:00:00Z"}
      - {version: 18.1.2, releasedAt: "2026-09-28T12:00:00Z"}

TIMELINE Europe/Berlin

> Mon 2026-11-02 09:00  Slacktide is installed
> Mon 2026-11-02 09:00  the agents of acme run 17.2.1 and 16.4.0
  Mon 2026-11-02 09:00  acme              is up at 17.2.1
  Mon 2026-11-02 09:00  acme              18.1.2 (Major) waits: ApprovalRequired: spec.upgrades.mode is Manual: the upgrade to 18.1.2 needs an Approval
                                            AgentsBehind: agents must run 17 first: agent-1 (host-1) at 16.4.0
  Mon 2026-11-02 09:00  line 18           opens
> Mon 2026-11-02 14:00  the release manager approves the major and applies
>   apiVersion: slacktide.dev/v1alpha1
>   kind: Approval
>   metadata: {name: chg-1102}
>   spec:
>     tenants: [acme]
>     version: 18.1.2
>     lifts: [ApprovalRequired]
>     requestedBy: the owner of acme
>     approver: the release manager
>     reason: line 18 was tried on the test tenants
>     expiresAt: 2026-11-06T00:00:00Z
  Mon 2026-11-02 14:00  Approval chg-1102  is valid
  Mon 2026-11-02 14:00  acme              18.1.2 (Major) waits: AgentsBehind: agents must run 17 first: agent-1 (host-1) at 16.4.0
  Fri 2026-11-06 01:00  Approval chg-1102  has expired
  Fri 2026-11-06 01:00  acme              18.1.2 (Major) waits: ApprovalRequired: spec.upgrades.mode is Manual: the upgrade to 18.1.2 needs an Approval
                                            AgentsBehind: agents must run 17 first: agent-1 (host-1) at 16.4.0
> Sat 2026-11-07 12:00  the agents of acme run 17.2.1 and 17.2.1: the owner has upgraded the last one
  Sat 2026-11-07 12:50  acme              18.1.2 (Major) waits: ApprovalRequired: spec.upgrades.mode is Manual: the upgrade to 18.1.2 needs an Approval
> Wed 2026-11-11 09:00  the release manager approves the major again and applies
>   apiVersion: slacktide.dev/v1alpha1
>   kind: Approval
>   metadata: {name: chg-1111}
>   spec:
>     tenants: [acme]
>     version: 18.1.2
>     lifts: [ApprovalRequired]
>     requestedBy: the owner of acme
>     approver: the release manager
>     reason: the agents have followed
>     expiresAt: 2026-11-18T00:00:00Z
  Wed 2026-11-11 09:00  Approval chg-1111  is valid
  Wed 2026-11-11 09:00  acme              18.1.2 (Major) may start Tue 2026-11-17 03:00
  Tue 2026-11-17 03:00  acme              starts 17.2.1 → 18.1.2 (Major) in tuesday-berlin, approved by chg-1111
  Tue 2026-11-17 03:02  acme              runs 18.1.2
  Wed 2026-11-18 01:00  Approval chg-1111  has expired
> Thu 2026-11-19 09:00  the story ends
