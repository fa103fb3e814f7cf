import { describe, expect, it, vi } from "vitest";
import { ANNOTATION, type AgentUpdates, type TenantStatus } from "../../src/api/index.ts";
import { AgentAnswers } from "../../src/agent-answers.ts";
import { statusAs } from "../../src/reconcile/shapes.ts";
import { agentsIdOf } from "../../src/reconcile/tenant/agents-id.ts";
import { runPods } from "../fixtures/pods.ts";
import { OWNER, tenantSpec } from "../fixtures/tenant.ts";
import { at } from "../fixtures/time.ts";
import { World } from "../fixtures/world.ts";

const ID = agentsIdOf(OWNER.uid);
const TOLD: AgentUpdates = { answer: "Version", version: "17.2.1", reason: "Told", schedule: { utcStartHour: 5, weekdays: ["Tuesday"] } };

/** A tenant that runs 17.2.1, as a replica's caches show it. */
async function replica(agentUpdates: AgentUpdates | undefined = TOLD, autoUpdate = true) {
  const world = new World(at("2026-11-24T12:00:00Z"));
  const spec = tenantSpec({ agents: { ...tenantSpec().agents, autoUpdate } });
  world.put("ReleaseChannel", { name: "stable" }, { spec: { releases: [{ version: "17.2.1", releasedAt: "2026-10-01T00:00:00Z" }] } });
  world.put("Tenant", { name: OWNER.name, uid: OWNER.uid, generation: 1 }, { spec });
  await world.reconcile(OWNER.name);
  runPods(world);
  world.put("Tenant", { name: OWNER.name, uid: OWNER.uid }, { spec, status: { version: "17.2.1", ...(agentUpdates && { agentUpdates }) } });
  let stale: string | undefined;
  let aheadMs = 0;
  const clock = { ...world.env.clock, now: () => world.env.clock.now() + aheadMs };
  const tenant = (id: string) => world.all("Tenant").find(({ metadata }) => agentsIdOf(metadata.uid ?? "") === id);
  const answers = new AgentAnswers({ caches: world.env.caches, tenant, staleReason: () => stale, clock });
  return { world, ask: (id = ID) => answers.ask(id), setStale: (reason: string | undefined) => void (stale = reason), setAhead: (ms: number) => void (aheadMs = ms) };
}

const version = (text: string, critical: "yes" | "no" = "no") => ({ kind: "answer", answer: { version: text, critical } });

describe("a replica answers from its own caches", () => {
  it("what the tenant's status says", async () => {
    const { ask } = await replica();
    expect(ask()).toEqual(version("v17.2.1"));
  });

  it("none for a tenant without updates, also if its status says otherwise", async () => {
    const { ask } = await replica(TOLD, false);
    expect(ask()).toEqual(version("none"));
  });

  it("nothing for an id that nobody has", async () => {
    const { ask } = await replica();
    expect(ask("0".repeat(40))).toEqual({ kind: "unknown" });
  });

  it("nothing, to nobody, while its caches are not filled or do not follow, and something again afterwards", async () => {
    const { ask, setStale } = await replica();
    setStale("the caches do not follow the cluster");
    expect([ask(), ask("0".repeat(40))]).toEqual([{ kind: "unsure" }, { kind: "unsure" }]);
    setStale(undefined);
    expect(ask()).toEqual(version("v17.2.1"));
  });

  it("nothing when the status is lost, and nothing when the spec cannot be read", async () => {
    const { world, ask } = await replica();
    world.put("Tenant", { name: OWNER.name, uid: OWNER.uid }, { spec: tenantSpec({ agents: { ...tenantSpec().agents, autoUpdate: true } }) });
    expect(ask()).toEqual({ kind: "unsure" });
    world.put("Tenant", { name: OWNER.name, uid: OWNER.uid }, { spec: { domain: 7 } });
    expect(ask()).toEqual({ kind: "unsure" });
  });

  it("nothing of a status out of a backup, once what it tells of was taken over", async () => {
    const { world, ask } = await replica();
    const namespace = world.get("Namespace", `tenant-${OWNER.name}`)?.metadata;
    world.put("Namespace", { name: `tenant-${OWNER.name}`, annotations: { ...namespace?.annotations, [ANNOTATION.formerUids]: "an-earlier-one" } });
    expect(ask()).toEqual({ kind: "unsure" });
    const { spec, status } = world.get("Tenant", OWNER.name) ?? {};
    world.put("Tenant", { name: OWNER.name, uid: OWNER.uid }, { spec, status: { ...statusAs<TenantStatus>({ status }), adoptedFrom: "an-earlier-one", adoptedBy: OWNER.uid } });
    expect(ask()).toEqual(version("v17.2.1"));
  });

  it("nothing above what its pods run, as soon as they change", async () => {
    const { world, ask } = await replica({ ...TOLD, version: "17.2.3" });
    expect(ask()).toEqual({ kind: "unsure" });
    world.put("Tenant", { name: OWNER.name, uid: OWNER.uid }, { spec: tenantSpec({ agents: { ...tenantSpec().agents, autoUpdate: true } }), status: { version: "17.2.1", agentUpdates: TOLD } });
    expect(ask()).toEqual(version("v17.2.1"));
    const pod = world.all("Pod")[0];
    world.put("Pod", { ...pod?.metadata, name: pod?.metadata.name ?? "" }, { spec: { containers: [{ image: "registry.example/teleport:17.2.0" }] }, status: { phase: "Running" } });
    expect(ask()).toEqual({ kind: "unsure" });
  });

  it("that something is critical for as long as it is, to the instant", async () => {
    const { world, ask } = await replica({ ...TOLD, criticalUntil: "2026-11-24T12:10:00Z" });
    expect(ask()).toEqual(version("v17.2.1", "yes"));
    await world.time.advance(10 * 60_000 - 1);
    expect(ask()).toEqual(version("v17.2.1", "yes"));
    await world.time.advance(1);
    expect(ask()).toEqual(version("v17.2.1"));
  });

  it("that something is critical again once a clock that was ahead is right", async () => {
    const { ask, setAhead } = await replica({ ...TOLD, criticalUntil: "2026-11-24T12:10:00Z" });
    setAhead(11 * 60_000);
    expect(ask()).toEqual(version("v17.2.1"));
    setAhead(0);
    expect(ask()).toEqual(version("v17.2.1", "yes"));
  });

  it("the same while nothing of the tenant changes, without another look at what it has", async () => {
    const { world, ask } = await replica();
    ask();
    const looks = vi.spyOn(world.env.caches, "ofTenant");
    world.put("Tenant", { name: "globex", uid: "another" }, { spec: tenantSpec({ domain: "globex.teleport.example" }) });
    expect(ask()).toEqual(version("v17.2.1"));
    expect(looks).not.toHaveBeenCalled();
    world.put("Tenant", { name: OWNER.name, uid: OWNER.uid }, { spec: tenantSpec() });
    ask();
    expect(looks).toHaveBeenCalled();
  });
});

describe("the id of a tenant's agents", () => {
  it("is the same in every process and for ever, and does not show the uid", () => {
    expect(agentsIdOf("d0a1cb5e-7f0c-4b7e-9a57-6f2f5e1f0a11")).toMatch(/^[0-9a-f]{40}$/);
    expect(agentsIdOf("d0a1cb5e-7f0c-4b7e-9a57-6f2f5e1f0a11")).toBe("92a038fc073fae2f02372481bf291b2bebc7ffab");
    expect(agentsIdOf("d0a1cb5e-7f0c-4b7e-9a57-6f2f5e1f0a12")).not.toBe(agentsIdOf("d0a1cb5e-7f0c-4b7e-9a57-6f2f5e1f0a11"));
  });
});
