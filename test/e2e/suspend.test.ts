import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { TenantStatus } from "../../src/api/index.ts";
import { hasSucceeded, isOperators, readAudit, upgradesOf, type AuditEvent } from "../support/audit.ts";
import { apply, channel, channelStatus, release, tenant, tenantStatus, window, type Manifest } from "../support/fleet.ts";
import { deleteTenant } from "../support/operator.ts";
import { watchPods, type PodWatch } from "../support/pod-watch.ts";
import { FaultProxy, type Write } from "../support/proxy.ts";
import { startStage, type RunningOperator, type Stage } from "../support/stage.ts";

const WITHIN_MS = 30_000;
const CADENCE: Manifest = { patch: { cut: "0 * * * *", minAge: "0s", minInterval: "0s" } };
const TWO_REGIONS: Manifest = { windows: ["nightly"], proxyRegions: ["us-west-2", "eu-central-1"] };
/** Suspended and resumed; its neighbour; suspended in the middle of an upgrade; deleted in it; deleted while it is suspended. */
const NAMES = ["acme", "globex", "initech", "hooli", "umbrella"];
const KEPT = "services,configmaps,serviceaccounts,persistentvolumeclaims";

let stage: Stage;
let proxy: FaultProxy;
let pods: PodWatch;
let operator: RunningOperator | undefined;

beforeAll(async () => {
  stage = await startStage();
  pods = await watchPods(stage.cluster);
  proxy = await FaultProxy.start(stage.cluster);
  await apply(stage.cluster, channel([release("17.2.1")], CADENCE), window("nightly", "0 2 * * *"), ...NAMES.map((name) => tenant(name, TWO_REGIONS)));
  await stage.rehearse("2026-12-01T00:00:00Z", "2026-12-01T00:30:00Z");
});

afterAll(async () => {
  await operator?.kill();
  await pods?.stop();
  await stage?.stop();
  await proxy?.stop();
});

describe("a tenant that is switched off", () => {
  let before: { readonly templates: string; readonly kept: string };

  beforeAll(async () => {
    before = { templates: await templatesOf("acme"), kept: await keptOf("acme") };
    await run("2026-12-01T00:30:00Z", "2026-12-01T01:00:00Z");
    await Promise.all(["acme", "umbrella"].map((name) => edit(name, { suspend: true })));
    await Promise.all(["acme", "umbrella"].map((name) => stage.until(`${name} is suspended`, async () => (await tenantStatus(stage.cluster, name)).phase === "Suspended")));
    await operator?.stop();
  });

  test("has no pods, and all else as it was", async () => {
    expect(await kubectl("get", "pods", "-n", "tenant-acme", "-o", "name")).toBe("");
    expect({ templates: await templatesOf("acme"), kept: await keptOf("acme") }).toEqual(before);
    expect(await tenantStatus(stage.cluster, "acme")).toMatchObject({ version: "17.2.1" });
  });

  test("lost its proxies first: Auth went when the last of their pods had ended", () => {
    const [down] = writesTo("auth", "acme").filter((event) => event.responseObject?.spec?.["replicas"] === 0);
    const left = podsBefore(down, "acme").map(({ component }) => component);
    expect(left).toEqual(["auth"]);
  });

  test("says so, and is neither Reconciling nor Stalled", async () => {
    expect(await kubectl("get", "tn", "acme", "--no-headers")).toMatch(/^acme +17\.2\.1 .*Suspended .*False/);
    const { conditions = [] } = await tenantStatus(stage.cluster, "acme");
    expect(conditions.map(({ type, status, reason }) => `${type}=${status} ${reason}`)).toEqual(["Ready=False Suspended"]);
  });

  test("is not upgraded, though its window opens; its neighbour is", async () => {
    await apply(stage.cluster, channel([release("17.2.1"), release("17.2.3")], CADENCE));
    for (const name of ["initech", "hooli"]) await edit(name, { windows: ["late"] });
    await apply(stage.cluster, window("late", "0 4 * * *", "2h"));
    const from = readAudit(stage.cluster).length;
    await stage.rehearse("2026-12-02T01:50:00Z", "2026-12-02T03:00:00Z");
    expect(await tenantStatus(stage.cluster, "globex")).toMatchObject({ version: "17.2.3", phase: "Active" });
    const status = await tenantStatus(stage.cluster, "acme");
    expect(status).toMatchObject({ version: "17.2.1", target: "17.2.3", phase: "Suspended" });
    for (const lane of [status.lanes?.patch, status.lanes?.major]) expect(lane?.holds?.map(({ code }) => code)).toContain("Suspended");
    expect(status.history ?? []).toEqual([]);
    const execs = readAudit(stage.cluster).slice(from).filter(({ objectRef }) => objectRef?.subresource === "exec").map(({ objectRef }) => objectRef?.namespace);
    expect(execs).toContain("tenant-globex");
    expect(execs).not.toContain("tenant-acme");
  });

  test("comes back as it was: Auth first, no upgrade, and with the sizes set meanwhile", async () => {
    await run("2026-12-02T06:30:00Z", "2026-12-02T07:00:00Z");
    await edit("acme", { proxy: { replicas: 2 } });
    await sleep(1_000); // time to do what it must not
    expect(await kubectl("get", "pods", "-n", "tenant-acme", "-o", "name")).toBe("");
    const from = readAudit(stage.cluster).length;
    await edit("acme", { suspend: false });
    await stage.until("it is Ready", async () => conditionOf(await tenantStatus(stage.cluster, "acme"), "Ready") === "True");
    await operator?.stop();

    expect(await tenantStatus(stage.cluster, "acme")).toMatchObject({ version: "17.2.1", phase: "Active" });
    expect({ templates: await templatesOf("acme"), kept: await keptOf("acme") }).toEqual(before);
    for (const region of ["us-west-2", "eu-central-1"]) {
      const [up] = writesTo(`proxy-${region}`, "acme", from).filter((event) => event.responseObject?.spec?.["replicas"] === 2);
      const seen = podsBefore(up, "acme").filter(({ component }) => ["auth", `proxy-${region}`].includes(component));
      expect(seen.map(({ component, ready }) => ({ component, ready }))).toEqual([{ component: "auth", ready: true }]);
    }
    expect(upgradesOf(readAudit(stage.cluster)).filter(({ namespace }) => namespace === "tenant-acme")).toEqual([]);
  });
});

describe("in the middle of an upgrade", () => {
  const rolls = (name: string) => ({ method, path, body }: Write) => method === "PATCH" && path.endsWith(`/tenant-${name}/deployments/proxy-eu-central-1`) && JSON.stringify(body).includes(":17.2.3");

  beforeAll(async () => {
    const held = [proxy.hold(rolls("initech")), proxy.hold(rolls("hooli"))];
    await run("2026-12-03T03:59:50Z", "2026-12-03T04:30:00Z", proxy.kubeconfigBeside(stage.kubeconfig));
    const late = sleep(WITHIN_MS, undefined, { ref: false }).then(() => Promise.reject(new Error(`no upgrade reached its proxies:\n${stage.lastWords()}`)));
    const writes = await Promise.race([Promise.all(held), late]);
    late.catch(() => undefined);
    await edit("initech", { suspend: true });
    await deleteTenant(stage.cluster, "hooli", { wait: false });
    await deleteTenant(stage.cluster, "umbrella", { wait: false });
    for (const write of writes) await write.forward();
    await stage.until("initech is suspended", async () => (await tenantStatus(stage.cluster, "initech")).phase === "Suspended");
    await stage.until("the others are gone", async () => (await kubectl("get", "tenants,namespaces", "-o", "name")).match(/hooli|umbrella/) === null);
    await stage.until("no slot is held", async () => ((await channelStatus(stage.cluster)).slots ?? []).length === 0);
    await operator?.stop();
  });

  test("it is switched off when the upgrade has ended", async () => {
    expect(await tenantStatus(stage.cluster, "initech")).toMatchObject({ version: "17.2.3", history: [{ from: "17.2.1", to: "17.2.3", result: "Succeeded" }] });
    expect(await kubectl("get", "pods", "-n", "tenant-initech", "-l", "app.kubernetes.io/component!=preflight", "-o", "name")).toBe("");
    const [down] = writesTo("proxy-eu-central-1", "initech").filter((event) => event.responseObject?.spec?.["replicas"] === 0);
    expect(podsBefore(down, "initech").filter(({ component }) => component !== "preflight").map(({ version }) => version)).toEqual(["17.2.3", "17.2.3", "17.2.3"]);
  });

  test.each(["hooli", "umbrella"])("%s is deleted all the same, proxies before Auth, then its namespace, and its right to review tokens", (name) => {
    const deletes = readAudit(stage.cluster).filter((event) => isOperators(event) && hasSucceeded(event) && event.verb === "delete" && JSON.stringify(event.objectRef).includes(`tenant-${name}`));
    const names = deletes.map(({ objectRef }) => objectRef?.name ?? "");
    expect([names.slice(0, 2).sort(), names.slice(2)]).toEqual([["proxy-eu-central-1", "proxy-us-west-2"], ["auth", `tenant-${name}`, `tenant-${name}-token-review`]]);
  });
});

test("never was a proxy above Auth", () => {
  expect(pods.count()).toBeGreaterThan(50);
  expect(pods.overtakings()).toEqual([]);
});

const kubectl = (...args: readonly string[]) => stage.cluster.kubectl(args);

async function run(from: string, end: string, kubeconfig = stage.kubeconfig): Promise<void> {
  operator = stage.start({ from, until: end, kubeconfig });
  await operator.waitForLog(({ message }) => message === "running");
}

function edit(name: string, spec: Manifest): Promise<string> {
  return kubectl("patch", "tenant", name, "--type=merge", "-p", JSON.stringify({ spec }));
}

function conditionOf({ conditions = [] }: TenantStatus, type: string): string | undefined {
  return conditions.find((condition) => condition.type === type)?.status;
}

function templatesOf(name: string): Promise<string> {
  return kubectl("get", "deployments", "-n", `tenant-${name}`, "-o", "jsonpath={range .items[*]}{.metadata.name} {.metadata.annotations.slacktide\\.dev/pod-template} {.spec.template}{\"\\n\"}{end}");
}

/** By uid: one that was made anew has another. */
function keptOf(name: string): Promise<string> {
  return kubectl("get", KEPT, "-n", `tenant-${name}`, "-o", "jsonpath={range .items[*]}{.kind} {.metadata.name} {.metadata.uid} {.spec}{.data}{\"\\n\"}{end}");
}

function writesTo(deployment: string, name: string, from = 0): readonly AuditEvent[] {
  const isIts = ({ objectRef }: AuditEvent) => objectRef?.resource === "deployments" && objectRef.name === deployment && objectRef.namespace === `tenant-${name}`;
  return readAudit(stage.cluster).slice(from).filter((event) => isOperators(event) && hasSucceeded(event) && isIts(event));
}

/** The tenant's pods right before a write. */
function podsBefore(event: AuditEvent | undefined, name: string) {
  const revision = Number(event?.responseObject?.metadata?.resourceVersion);
  expect(revision).toBeGreaterThan(0);
  return pods.at(revision - 1).filter((pod) => pod.namespace === `tenant-${name}`);
}
