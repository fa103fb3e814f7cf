A new template revision rolls through the fleet

A new Slacktide renders other pod templates (revision 3), and there is no newer release that would take them along. Nothing
happens as it is installed. In the openings that follow each tenant gets its new pods as an upgrade of class Config: one at a time,
since there is one slot, and past no freeze. Nobody waits for the canaries: there is no release to vouch for. The size that somebody
asks for later comes the same way.

GIVEN three-tenants.yaml and
  apiVersion: slacktide.dev/v1alpha1
  kind: ReleaseChannel
  metadata: {name: stable}
  spec:
    rollout:
      maxParallel: 1
      waves:
        - {name: canary, tenantSelector: {matchLabels: {ring: "0"}}}
        - {name: everyone}

TIMELINE Europe/Berlin

> Wed 2026-11-18 09:00  Slacktide is installed
  Wed 2026-11-18 09:00  acme, globex, initech  are up at 17.2.1
  Wed 2026-11-18 09:00  stable            is EmptyWave: No tenant is in canary: what it should vouch for passes at once
  Wed 2026-11-18 09:00  wave canary       vouches for 17.2.1
> Thu 2026-11-19 10:00  Slacktide is upgraded to pod templates of revision 3: helm upgrade, on a working day
  Thu 2026-11-19 10:00  acme, globex      17.2.1 (Config: image registry.example/teleport-r3, template revision 3) may start Tue 2026-11-24 03:00
  Thu 2026-11-19 10:00  initech           17.2.1 (Config: image registry.example/teleport-r3, template revision 3) may start Tue 2026-11-24 18:00
> Tue 2026-11-24 02:50  the SRE on call applies: a look at the first of them, in peace
>   apiVersion: slacktide.dev/v1alpha1
>   kind: Freeze
>   metadata: {name: one-by-one}
>   spec: {from: "2026-11-24T01:50:00Z", until: "2026-11-24T04:00:00Z", tenantSelector: {matchLabels: {slacktide.dev/name: globex}}, owner: sre, reason: after acme}
  Tue 2026-11-24 02:50  Freeze one-by-one  begins
  Tue 2026-11-24 02:50  globex            17.2.1 (Config: image registry.example/teleport-r3, template revision 3) waits: Frozen until Tue 2026-11-24 05:00: freeze one-by-one: after acme (sre); may start Tue 2026-11-24 05:00
  Tue 2026-11-24 03:00  acme              starts 17.2.1 → 17.2.1 (Config) in tuesday-berlin
  Tue 2026-11-24 03:00  acme              has pod templates of revision 3
  Tue 2026-11-24 03:00  globex            17.2.1 (Config: image registry.example/teleport-r3, template revision 3) waits: Frozen until Tue 2026-11-24 05:00: freeze one-by-one: after acme (sre)
                                            ConcurrencyLimit: as many upgrades run as spec.rollout.maxParallel allows
  Tue 2026-11-24 03:02  acme              runs 17.2.1
  Tue 2026-11-24 03:02  globex            17.2.1 (Config: image registry.example/teleport-r3, template revision 3) waits: Frozen until Tue 2026-11-24 05:00: freeze one-by-one: after acme (sre); may start Tue 2026-11-24 05:00
  Tue 2026-11-24 05:00  Freeze one-by-one  ends
  Tue 2026-11-24 05:00  globex            starts 17.2.1 → 17.2.1 (Config) in tuesday-berlin
  Tue 2026-11-24 05:00  globex            has pod templates of revision 3
  Tue 2026-11-24 05:02  globex            runs 17.2.1
  Tue 2026-11-24 18:00  initech           starts 17.2.1 → 17.2.1 (Config) in wednesday-tokyo
  Tue 2026-11-24 18:00  initech           has pod templates of revision 3
  Tue 2026-11-24 18:02  initech           runs 17.2.1
> Wed 2026-11-25 09:00  the owner of acme applies: 12,000 agents from January
>   apiVersion: slacktide.dev/v1alpha1
>   kind: Tenant
>   metadata: {name: acme}
>   spec: {size: Large}
  Wed 2026-11-25 09:00  acme              17.2.1 (Config: size Large) may start Tue 2026-12-01 03:00
  Tue 2026-12-01 03:00  acme              starts 17.2.1 → 17.2.1 (Config) in tuesday-berlin
  Tue 2026-12-01 03:02  acme              runs 17.2.1
> Wed 2026-12-02 09:00  the story ends
