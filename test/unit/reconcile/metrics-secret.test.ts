import { beforeEach, describe, expect, it } from "vitest";
import type { Metrics } from "../../../src/domain/objects/platform.ts";
import { ownerLabels } from "../../../src/domain/objects/names.ts";
import { metricsSecretOf } from "../../../src/domain/objects/metrics.ts";
import type { PodTemplate } from "../../../src/domain/objects/pod-template.ts";
import { specAs } from "../../../src/reconcile/shapes.ts";
import { silentLogger } from "../../../src/runtime/logger.ts";
import { ConfigWorld, DEPLOYMENTS } from "../../fixtures/config-world.ts";
import { OWNER, PLATFORM } from "../../fixtures/tenant.ts";

const NAMESPACE = "tenant-acme";
const NAME = { name: "metrics-own", namespace: NAMESPACE };
const METRICS: Metrics = { clientCa: "of clients", clientsId: "clients-1", keysFrom: "Slacktide" };
const FIRST = "certificate 1 of metrics.tenant-acme.svc";

let world: ConfigWorld;
let logged: string[];

beforeEach(() => {
  logged = [];
  const note = (...words: readonly unknown[]) => void logged.push(JSON.stringify(words));
  world = new ConfigWorld();
  world.hasCertManager = false;
  world.env = { ...world.env, platform: { ...PLATFORM, metrics: METRICS }, log: { ...silentLogger, debug: note, info: note, warn: note, error: note } };
});

const text = (base64: string | undefined) => Buffer.from(base64 ?? "", "base64").toString();
const secret = () => world.get("Secret", NAME.name, NAMESPACE);
const kept = () => text(secret()?.data?.["tls.crt"]);
const shown = () => world.get("ConfigMap", "metrics-certificate", NAMESPACE)?.data?.["tls.crt"];
const mounted = () => DEPLOYMENTS.map((name) => metricsSecretOf(specAs<{ template: PodTemplate }>(world.get("Deployment", name, NAMESPACE)).template ?? {}));
const condition = (type: string) => world.status().conditions?.find((each) => each.type === type);

describe("a tenant whose key is made by Slacktide", () => {
  it("has one that nobody can change, shows its certificate, and asks nothing of a cert-manager", async () => {
    await world.begin();
    expect(secret()).toMatchObject({ type: "kubernetes.io/tls", immutable: true, metadata: { labels: ownerLabels(OWNER) } });
    expect([text(secret()?.data?.["tls.key"]), kept(), shown()]).toEqual(["key 1 of metrics.tenant-acme.svc", FIRST, FIRST]);
    expect([mounted(), world.status().phase, condition("MetricsReady")?.status, world.all("Certificate"), world.all("Issuer")]).toEqual([["metrics-own", "metrics-own"], "Active", "True", [], []]);
  });

  it("never gets another one, however often it is looked at", async () => {
    await world.begin();
    const before = JSON.stringify(secret());
    await world.goOn(6);
    world.restart();
    await world.goOn(6);
    expect([world.credentials, JSON.stringify(secret())]).toEqual([1, before]);
  });

  it("gets it as class Config if it serves already, once it is made", async () => {
    world.env = { ...world.env, platform: PLATFORM };
    await world.begin();
    world.env = { ...world.env, platform: { ...PLATFORM, metrics: METRICS } };
    await world.reconcile("acme");
    expect([mounted(), shown()]).toEqual([[undefined, undefined], FIRST]);
    await world.goOnToTheEnd();
    expect([mounted(), world.ended()]).toEqual([["metrics-own", "metrics-own"], [expect.objectContaining({ class: "Config", result: "Succeeded" })]]);
  });

  it("has the one that was made, whatever is lost on the way from a process that crashes", async () => {
    for (const when of ["before", "after"] as const) {
      for (let n = 1; n <= 30; n += 1) {
        const fresh = new ConfigWorld();
        fresh.hasCertManager = false;
        fresh.env = { ...fresh.env, platform: { ...PLATFORM, metrics: METRICS } };
        fresh.ask();
        fresh.crashAt(n, when);
        for (let look = 0; look < 4; look += 1) await fresh.reconcile("acme").catch(() => fresh.restart());
        const own = text(fresh.get("Secret", NAME.name, NAMESPACE)?.data?.["tls.crt"]);
        expect([own, fresh.all("Secret").length], `${when} write ${n}`).toEqual([fresh.get("ConfigMap", "metrics-certificate", NAMESPACE)?.data?.["tls.crt"], 1]);
      }
    }
  });

  it("keeps it when another replica, or a cache that lags, does not see it yet", async () => {
    world.freeze("ConfigMap", { name: "metrics-certificate", namespace: NAMESPACE });
    await world.begin();
    await world.goOn(4);
    expect(world.credentials).toBeGreaterThan(1);
    expect([kept(), shown()]).toEqual([FIRST, FIRST]);
  });

  it("shows its certificate again when somebody removes that, and keeps its key", async () => {
    await world.begin();
    world.drop("ConfigMap", { name: "metrics-certificate", namespace: NAMESPACE });
    await world.goOn(2);
    expect([kept(), shown()]).toEqual([FIRST, FIRST]);
  });

  it("does not get another one when its Secret is lost, until somebody removes what shows it too", async () => {
    await world.begin();
    world.drop("Secret", NAME);
    await world.goOn(4);
    expect([secret(), shown(), world.credentials]).toEqual([undefined, FIRST, 1]);
    world.drop("ConfigMap", { name: "metrics-certificate", namespace: NAMESPACE });
    await world.goOn(2);
    expect([kept(), shown(), world.credentials]).toEqual([shown(), "certificate 2 of metrics.tenant-acme.svc", 2]);
  });
});

describe("a Secret that is there already", () => {
  it.each<[what: string, labels: Record<string, string>, data: Record<string, string>, reason: string]>([
    ["and nobody's", {}, { "tls.crt": Buffer.from("foreign").toString("base64") }, "ObjectNotOurs"],
    ["and another's", ownerLabels({ name: "acme", uid: "uid-another" }), { "tls.crt": Buffer.from("foreign").toString("base64") }, "ObjectNotOurs"],
    ["with the tenant's labels and no certificate", ownerLabels(OWNER), {}, "MetricsKeyBroken"],
  ])("%s is left as it is, and told", async (_what, labels, data, reason) => {
    world.put("Secret", { ...NAME, labels }, { data });
    await world.begin();
    expect([condition("Stalled")?.reason, secret()?.data, shown()]).toEqual([reason, data, undefined]);
  });
});

it("a refusal is told, and the next look tries again", async () => {
  world.refusals.set("Secret metrics-own", "exceeded quota");
  await world.begin();
  expect([condition("Stalled")?.message, secret(), shown()]).toEqual([expect.stringContaining("exceeded quota"), undefined, undefined]);
  world.refusals.set("Secret metrics-own", "exceeded quota, by one more");
  await world.goOn(2);
  expect(condition("Stalled")?.message).not.toContain("one more");
  world.refusals.clear();
  await world.goOn(2);
  expect([condition("Stalled"), kept()]).toEqual([undefined, shown()]);
});

it("in a namespace that is not the tenant's none is made", async () => {
  // Which the cache does not show yet: it is found while objects are applied.
  world.freeze("Namespace", { name: NAMESPACE });
  world.put("Namespace", { name: NAMESPACE });
  await world.begin();
  expect([condition("Stalled")?.reason, world.all("Secret")]).toEqual(["ObjectNotOurs", []]);
});

it("no key is in any status, event, log or other object, whatever happens", async () => {
  world.freeze("ConfigMap", { name: "metrics-certificate", namespace: NAMESPACE });
  await world.begin();
  world.refusals.set("ConfigMap metrics-certificate", "not now");
  await world.goOn(2);
  const key = text(secret()?.data?.["tls.key"]);
  const others = (["Tenant", "ConfigMap", "Deployment", "Namespace", "Job"] as const).flatMap((kind) => world.all(kind));
  const told = JSON.stringify([others, world.events, logged]);
  expect(logged.some((line) => line.includes("metrics' certificate made"))).toBe(true);
  for (const secretText of [key, "key 1 of", Buffer.from(key).toString("base64")]) expect(told).not.toContain(secretText);
});

it("from cert-manager's key to that of Slacktide pods go on with what they have until the other is there", async () => {
  world.hasCertManager = true;
  world.env = { ...world.env, platform: { ...PLATFORM, metrics: { ...METRICS, keysFrom: "CertManager" } } };
  await world.begin();
  expect(mounted()).toEqual(["metrics-tls", "metrics-tls"]);
  world.refusals.set("Secret metrics-own", "not now");
  world.env = { ...world.env, platform: { ...PLATFORM, metrics: METRICS } };
  await world.goOn(4);
  expect([mounted(), world.status().lanes?.patch?.changes]).toEqual([["metrics-tls", "metrics-tls"], undefined]);
  world.refusals.clear();
  await world.goOnToTheEnd();
  expect(mounted()).toEqual(["metrics-own", "metrics-own"]);
});
