import { beforeEach, describe, expect, it } from "vitest";
import { ANNOTATION } from "../../../src/api/index.ts";
import { TEMPLATE_REVISION } from "../../../src/domain/objects/platform.ts";
import { MINUTE } from "../../../src/domain/time.ts";
import { ConfigWorld, DEPLOYMENTS } from "../../fixtures/config-world.ts";
import { at } from "../../fixtures/time.ts";
import { tenantSpec } from "../../fixtures/tenant.ts";

const NAMESPACE = "tenant-acme";
const OLD = [60, 210];
const NEWER = [63, 213];
const NEXT_OPENING = "2026-12-01T02:05:00Z";

let world: ConfigWorld;

beforeEach(async () => {
  world = new ConfigWorld();
  await world.begin();
});

const CONFIG = { class: "Config", from: "17.2.1", to: "17.2.1", result: "Succeeded" };
const leapTo = (instant: string) => world.time.advance(at(instant) - world.time.now());

describe("a new Slacktide that renders other pods", () => {
  it("restarts nobody as it starts: outside of a window nothing changes, and status says what is to change", async () => {
    await leapTo("2026-11-24T07:00:00Z");
    await world.goOn(2);
    world.upgradeSlacktide(3);
    await world.goOn(5);
    expect([world.graces(), world.ended()]).toEqual([OLD, []]);
    expect(world.status().lanes?.patch).toMatchObject({ target: "17.2.1", changes: ["template revision 3"], holds: [{ code: "OutsideWindow" }] });
  });

  it("rolls them out in the next opening, one attempt of class Config, and then there is nothing to do", async () => {
    await leapTo("2026-11-24T07:00:00Z");
    world.upgradeSlacktide(3);
    await world.goOn(2);
    await leapTo(NEXT_OPENING);
    await world.goOnToTheEnd();
    expect([world.graces(), world.revisions(), world.ended()]).toEqual([NEWER, ["3", "3"], [CONFIG]]);
    expect(world.status()).toMatchObject({ version: "17.2.1", templateRevision: 3, phase: "Active" });
    expect(world.status().lanes?.patch).not.toHaveProperty("target");
    await world.goOn(5);
    expect([world.ended(), world.channelStatus().slots]).toEqual([[CONFIG], []]);
    const { resourceVersion } = world.get("Tenant", "acme")?.metadata ?? {};
    await world.reconcile("acme");
    expect(world.get("Tenant", "acme")?.metadata.resourceVersion).toBe(resourceVersion);
  });

  it("that is older than the one before leaves them as they are", async () => {
    world.upgradeSlacktide(3);
    await world.goOnToTheEnd();
    expect(world.graces()).toEqual(NEWER);
    world.upgradeSlacktide(TEMPLATE_REVISION);
    await world.goOnToTheEnd();
    expect([world.graces(), world.ended()]).toEqual([NEWER, [CONFIG]]);
  });

  it("that renders the same rolls nothing out", async () => {
    world.upgradeSlacktide(3, {});
    await world.goOnToTheEnd();
    expect([world.ended(), world.revisions()]).toEqual([[], [String(TEMPLATE_REVISION), String(TEMPLATE_REVISION)]]);
  });

  it("goes back to what ran before if that does not work, with its revision, and tries again in the next opening", async () => {
    world.upgradeSlacktide(3);
    await world.goOn(9, (name) => name === "auth");
    expect(world.graces()).toEqual(NEWER);
    await world.time.advance(16 * MINUTE);
    await world.goOn(10);
    expect([world.graces(), world.revisions(), world.ended()]).toEqual([OLD, ["2", "2"], [{ ...CONFIG, result: "RolledBack" }]]);
    expect(world.status().lanes?.patch?.holds).toMatchObject([{ code: "RetryNextOpening" }]);
    await world.goOnToTheEnd();
    expect([world.graces(), world.ended()]).toEqual([OLD, [{ ...CONFIG, result: "RolledBack" }]]);
    await leapTo(NEXT_OPENING);
    await world.goOnToTheEnd();
    expect([world.graces(), world.ended()[0]]).toEqual([NEWER, CONFIG]);
  });

  it("counts as a failure of the release that its pods run, if that does not work", async () => {
    world.upgradeSlacktide(3);
    await world.goOn(6, (name) => name === "auth");
    await world.time.advance(16 * MINUTE);
    await world.goOn(10);
    expect(world.channelStatus().halts).toMatchObject([{ version: "17.2.1", failedCount: 1 }]);
  });

  it.each([
    ["while Auth is rolled", 5],
    ["while its proxies are", 7],
  ])("is not begun with once more if all status is lost %s", async (_when, looks) => {
    world.upgradeSlacktide(3);
    await world.goOn(looks);
    const id = world.status().upgrade?.id;
    expect(world.graces()[0]).toBe(63);
    const { metadata, spec } = world.get("Tenant", "acme") ?? { metadata: { name: "acme" } };
    world.put("Tenant", metadata, { spec });
    await world.goOnToTheEnd();
    expect([world.graces(), (world.status().history ?? []).map((entry) => entry.id)]).toEqual([NEWER, [id]]);
  });
});

describe("an edit of a tenant that changes its pods", () => {
  it.each<[what: string, edit: () => void, changes: readonly string[]]>([
    ["its size", () => world.edit({ size: "Large" }), ["size Large"]],
    ["what its agents are told", () => world.edit({ agents: { ...tenantSpec().agents, autoUpdate: true } }), ["agents.autoUpdate true"]],
  ])("comes as class Config: %s", async (_what, edit, changes) => {
    await leapTo("2026-11-24T07:00:00Z");
    edit();
    await world.goOn(3);
    expect([world.ended(), world.status().lanes?.patch?.changes]).toEqual([[], changes]);
    await leapTo(NEXT_OPENING);
    await world.goOnToTheEnd();
    expect([world.ended(), world.status().lanes?.patch?.changes]).toEqual([[CONFIG], undefined]);
  });

  it("comes as class Config: its certificate, once that is issued", async () => {
    const { platform } = world.env;
    world.env = { ...world.env, platform: { ...platform, certificates: { issuerRef: { name: "letsencrypt", kind: "ClusterIssuer", group: "cert-manager.io" } } } };
    await world.goOn(4);
    expect([world.ended(), world.status().lanes?.patch?.changes]).toEqual([[], undefined]);
    const { metadata, spec } = world.get("Certificate", "web", NAMESPACE) ?? { metadata: { name: "web" } };
    world.put("Certificate", metadata, { spec, status: { conditions: [{ type: "Ready", status: "True" }] } });
    await world.reconcile("acme");
    expect(world.status().lanes?.patch?.changes).toEqual(["certificate"]);
    await world.goOnToTheEnd();
    expect([world.ended(), world.status().lanes?.patch?.changes]).toEqual([[CONFIG], undefined]);
  });

  it("that is taken back before the first write ends the attempt with nothing changed", async () => {
    world.edit({ size: "Large" });
    await world.goOn(2);
    expect(world.status().upgrade).toMatchObject({ class: "Config", step: "Preflight" });
    world.edit({ size: "Standard" });
    await world.goOn(3);
    expect(world.ended()).toEqual([{ ...CONFIG, result: "Aborted" }]);
  });

  it("that does not work is no failure of the release: others may go on to it", async () => {
    world.edit({ size: "Large" });
    await world.goOn(6, (name) => name === "auth");
    await world.time.advance(16 * MINUTE);
    await world.goOn(10);
    expect([world.ended(), world.channelStatus().halts]).toEqual([[{ ...CONFIG, result: "RolledBack" }], []]);
  });

  it("that comes in the middle of it waits for the next one", async () => {
    world.upgradeSlacktide(3);
    await world.goOn(6);
    world.edit({ size: "Large" });
    await world.goOnToTheEnd();
    expect(world.ended()).toEqual([CONFIG]);
    expect(world.status().lanes?.patch?.changes).toEqual(["size Large"]);
  });
});

describe("what tells nothing of another template", () => {
  const recordless = (name: string) => {
    const { metadata, spec, status } = world.get("Deployment", name, NAMESPACE) ?? { metadata: { name } };
    const { [ANNOTATION.podTemplate]: _template, ...annotations } = metadata.annotations ?? {};
    world.put("Deployment", { ...metadata, annotations }, { spec, status });
  };

  it("records that somebody removed: they are made again as they were, and no pod restarts", async () => {
    const before = world.revisions();
    for (const name of DEPLOYMENTS) recordless(name);
    await world.goOnToTheEnd();
    expect([world.ended(), world.revisions(), world.graces()]).toEqual([[], before, OLD]);
  });

  it("but pods of which nobody knows what they were made from are brought up to date, in a window", async () => {
    world.upgradeSlacktide(3);
    await leapTo("2026-11-24T07:00:00Z");
    for (const name of DEPLOYMENTS) recordless(name);
    await world.goOn(5);
    expect([world.graces(), world.revisions()]).toEqual([OLD, ["0", "0"]]);
    await leapTo(NEXT_OPENING);
    await world.goOnToTheEnd();
    expect([world.graces(), world.ended()]).toEqual([NEWER, [CONFIG]]);
  });

  it("drift, which is repaired", async () => {
    const { metadata, spec, status } = world.get("Deployment", "auth", NAMESPACE) ?? { metadata: { name: "auth" } };
    const drifted = JSON.parse(JSON.stringify(spec).replace('"terminationGracePeriodSeconds":60', '"terminationGracePeriodSeconds":1')) as unknown;
    world.put("Deployment", metadata, { spec: drifted, status });
    await world.goOnToTheEnd();
    expect([world.graces(), world.ended()]).toEqual([OLD, []]);
  });
});
