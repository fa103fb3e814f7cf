import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { TenantStatus } from "../../src/api/index.ts";
import { hasSucceeded, isOperators, readAudit, type AuditEvent } from "../support/audit.ts";
import { apply, channel, channelStatus, release, tenant, tenantStatus, window } from "../support/fleet.ts";
import { RELEASE } from "../support/operator.ts";
import { watchPods, type PodWatch } from "../support/pod-watch.ts";
import { startStage, type RunningOperator, type Stage } from "../support/stage.ts";

const NAMESPACED = "pods,deployments,replicasets,jobs,services,endpointslices,configmaps,persistentvolumeclaims,serviceaccounts";
const OWN = ["-l", "slacktide.dev/tenant=acme", "-o", "name"];

let stage: Stage;
let pods: PodWatch;
let operator: RunningOperator;
let neighbours: string;

beforeAll(async () => {
  stage = await startStage();
  pods = await watchPods(stage.cluster);
  const spec = { windows: ["nightly"], proxyRegions: ["us-west-2", "eu-central-1"] };
  await apply(stage.cluster, channel([release("17.2.1")]), window("nightly", "0 2 * * *"), tenant("acme", spec), tenant("globex", spec));
  await stage.rehearse("2026-12-01T00:00:00Z", "2026-12-01T00:30:00Z");
  operator = stage.start({ from: "2026-12-01T00:30:00Z", until: "2026-12-01T01:00:00Z" });
  await operator.waitForLog(({ message }) => message === "running");
  neighbours = await podsOf("globex");
});

afterAll(async () => {
  await pods?.stop();
  await stage?.stop();
});

describe("a deletion that nobody confirmed", () => {
  test("is refused at admission, saying how to confirm it", async () => {
    const uid = await kubectl("get", "tenant", "acme", "-o", "jsonpath={.metadata.uid}");
    await expect(kubectl("delete", "tenant", "acme")).rejects.toThrow(`kubectl annotate tenant acme slacktide.dev/confirm-delete=${uid}`);
  });

  test("and if it gets past admission, the tenant keeps serving and says why", async () => {
    const serving = await podsOf("acme");
    const before = operatorsWrites().length;
    await kubectl("delete", "validatingadmissionpolicybinding", `${RELEASE.name}-confirm-delete`);
    await stage.until("its deletion is let through", () => kubectl("delete", "tenant", "acme", "--wait=false").then(() => true, () => false));
    await stage.until("it is Stalled", async () => conditionOf(await tenantStatus(stage.cluster, "acme"), "Stalled") !== undefined);
    await sleep(1_000); // time to do what it must not

    const status = await tenantStatus(stage.cluster, "acme");
    const uid = await kubectl("get", "tenant", "acme", "-o", "jsonpath={.metadata.uid}");
    expect(conditionOf(status, "Stalled")).toMatchObject({ status: "True", reason: "DeletionNotConfirmed", message: expect.stringContaining(`slacktide.dev/confirm-delete=${uid}`) });
    expect(conditionOf(status, "Ready")).toMatchObject({ status: "True" });
    expect(await podsOf("acme")).toBe(serving);
    expect(operatorsWrites().slice(before).map(wordsOf)).toEqual([]);
  });
});

describe("a deletion that was confirmed", () => {
  let writes: readonly AuditEvent[];

  beforeAll(async () => {
    const before = operatorsWrites().length;
    const uid = await kubectl("get", "tenant", "acme", "-o", "jsonpath={.metadata.uid}");
    await kubectl("annotate", "tenant", "acme", `slacktide.dev/confirm-delete=${uid}`);
    await stage.until("the tenant is gone", async () => (await kubectl("get", "tenant", "acme", "--ignore-not-found", "-o", "name")) === "");
    await operator.stop();
    writes = operatorsWrites().slice(before);
  });

  test("ends the proxies, then Auth, then the namespace, what is outside of it, then the tenant", () => {
    const told = writes.map(wordsOf);
    expect(told.slice(0, 2).sort()).toEqual(["delete deployments proxy-eu-central-1", "delete deployments proxy-us-west-2"]);
    expect(told.slice(2)).toEqual(["delete deployments auth", "delete namespaces tenant-acme", "delete clusterrolebindings tenant-acme-token-review", "patch tenants acme"]);
  });

  test("ends the namespace only when the last pod has ended", () => {
    const revision = Number(writes[3]?.responseObject?.metadata?.resourceVersion);
    expect(pods.at(revision - 1).filter((pod) => pod.namespace === "tenant-globex")).not.toEqual([]);
    expect(pods.at(revision - 1).filter((pod) => pod.namespace === "tenant-acme")).toEqual([]);
  });

  test("leaves nothing behind", async () => {
    expect(await kubectl("get", "namespace", "tenant-acme", "--ignore-not-found", "-o", "name")).toBe("");
    expect(await kubectl("get", NAMESPACED, "-A", ...OWN)).toBe("");
    expect(await kubectl("get", "namespaces,persistentvolumes,clusterroles,clusterrolebindings", ...OWN)).toBe("");
    const claims = await kubectl("get", "persistentvolumes", "-o", "jsonpath={.items[*].spec.claimRef.namespace}");
    expect(claims.trim().split(" ")).toEqual(["tenant-globex"]);
    expect(await channelStatus(stage.cluster)).toMatchObject({ slots: [], tenants: 1 });
  });

  test("does not touch the neighbours", async () => {
    expect(await podsOf("globex")).toBe(neighbours);
    expect(conditionOf(await tenantStatus(stage.cluster, "globex"), "Ready")).toMatchObject({ status: "True" });
  });
});

const kubectl = (...args: readonly string[]) => stage.cluster.kubectl(args);

function conditionOf({ conditions = [] }: TenantStatus, type: string) {
  return conditions.find((condition) => condition.type === type);
}

/** By uid: one that was restarted has another. */
function podsOf(name: string): Promise<string> {
  return kubectl("get", "pods", "-n", `tenant-${name}`, "-o", "jsonpath={.items[*].metadata.uid}");
}

/** What the operator changed, but for status and events. */
function operatorsWrites(): readonly AuditEvent[] {
  return readAudit(stage.cluster).filter((event) => isOperators(event) && hasSucceeded(event) && event.objectRef?.subresource === undefined && event.objectRef?.resource !== "events");
}

function wordsOf({ verb, objectRef }: AuditEvent): string {
  return `${verb} ${objectRef?.resource ?? ""} ${objectRef?.name ?? ""}`;
}
