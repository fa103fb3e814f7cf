import { afterAll, beforeAll, expect, test } from "vitest";
import type { TenantStatus } from "../../src/api/index.ts";
import { apply, channel, release, tenant, tenantStatus, window } from "../support/fleet.ts";
import { startStage, type RunningOperator, type Stage } from "../support/stage.ts";

const LABELLED = "namespaces,networkpolicies,resourcequotas,serviceaccounts,configmaps,persistentvolumeclaims,services,poddisruptionbudgets,deployments,clusterrolebindings";
const ACME = tenant("acme", { windows: ["nightly"], initialVersion: "17.2.1" });

let stage: Stage;
let operator: RunningOperator;
let lost: { readonly uid: string; readonly world: unknown };

beforeAll(async () => {
  stage = await startStage();
  await apply(stage.cluster, channel([release("17.2.1"), release("17.2.3")]), window("nightly", "0 2 * * *"), ACME);
  await stage.rehearse("2026-12-01T08:00:00Z", "2026-12-01T08:30:00Z");
  lost = { uid: await uidOf(), world: await world() };
  // Nobody takes down what it had: its object alone is lost.
  await kubectl("annotate", "tenant", "acme", `slacktide.dev/confirm-delete=${lost.uid}`);
  await kubectl("delete", "tenant", "acme", "--wait=false");
  await kubectl("patch", "tenant", "acme", "--type=merge", "-p", '{"metadata":{"finalizers":null}}');
  await apply(stage.cluster, ACME);
  operator = stage.start({ from: "2026-12-01T09:00:00Z", until: "2026-12-01T10:00:00Z" });
});

afterAll(async () => {
  await stage?.stop();
});

test("a Tenant made anew is Stalled, and tells how to take over what the lost one had", async () => {
  await stage.until("it is Stalled", async () => stalled(await status()) !== undefined);
  expect(stalled(await status())).toMatchObject({ reason: "ObjectNotOurs", message: expect.stringContaining(`(uid ${lost.uid}) and holds its data: do not delete it. To take it over: kubectl annotate tenant acme slacktide.dev/adopt=${lost.uid}`) });
  expect([(await status()).version, await world(), await uidsCarried()]).toEqual([undefined, lost.world, [lost.uid]]);
});

test("and nobody else makes those its own by their labels", async () => {
  const uid = await uidOf();
  await expect(kubectl("label", "namespace", "tenant-acme", "--overwrite", `slacktide.dev/tenant-uid=${uid}`)).rejects.toThrow("Slacktide alone changes them");
  await expect(kubectl("label", "pvc", "auth-data", "-n", "tenant-acme", "--overwrite", `slacktide.dev/tenant-uid=${uid}`)).rejects.toThrow("Slacktide alone changes them");
  await expect(kubectl("annotate", "namespace", "tenant-acme", `slacktide.dev/former-uids=${uid}`)).rejects.toThrow("Slacktide alone changes them");
});

test("with the annotation it has them as they are: the same pods, volume and version", async () => {
  await kubectl("annotate", "tenant", "acme", `slacktide.dev/adopt=${lost.uid}`);
  await stage.until("it has taken them over", async () => (await status()).phase === "Active" && stalled(await status()) === undefined);
  expect([(await status()).version, (await status()).adoptedFrom, await world()]).toEqual(["17.2.1", lost.uid, lost.world]);
  expect(await uidsCarried()).toEqual([await uidOf()]);
  expect(await kubectl("get", "namespace", "tenant-acme", "-o", "jsonpath={.metadata.annotations.slacktide\\.dev/former-uids}")).toBe(lost.uid);
});

test("and goes on as any other: it is upgraded in its window, the annotation being gone", async () => {
  await kubectl("annotate", "tenant", "acme", "slacktide.dev/adopt-");
  await operator.stop();
  await stage.rehearse("2026-12-02T01:55:00Z", "2026-12-02T03:00:00Z");
  expect(await status()).toMatchObject({ version: "17.2.3", history: [{ result: "Succeeded" }] });
});

test("a confirmed deletion leaves nothing of it", async () => {
  operator = stage.start({ from: "2026-12-02T08:00:00Z", until: "2026-12-02T09:00:00Z" });
  await kubectl("annotate", "tenant", "acme", `slacktide.dev/confirm-delete=${await uidOf()}`);
  await kubectl("delete", "tenant", "acme", "--wait=false");
  await stage.until("it is gone", async () => (await kubectl("get", "tenant", "acme", "--ignore-not-found", "-o", "name")) === "");
  expect(await kubectl("get", `${LABELLED},pods,persistentvolumes`, "-A", "-l", "slacktide.dev/tenant=acme", "-o", "name")).toBe("");
});

const kubectl = (...args: readonly string[]) => stage.cluster.kubectl(args);
const status = () => tenantStatus(stage.cluster, "acme");
const uidOf = () => kubectl("get", "tenant", "acme", "-o", "jsonpath={.metadata.uid}");

function stalled({ conditions = [] }: TenantStatus) {
  return conditions.find(({ type }) => type === "Stalled");
}

async function uidsCarried(): Promise<readonly string[]> {
  const carried = await kubectl("get", LABELLED, "-A", "-l", "slacktide.dev/tenant=acme", "-o", "jsonpath={.items[*].metadata.labels.slacktide\\.dev/tenant-uid}");
  return [...new Set(carried.split(" "))];
}

/** What no taking over changes. (A Deployment's generation goes up with its annotations, of which one is the hash of what was applied.) */
async function world(): Promise<unknown> {
  const read = (kind: string, path: string) => kubectl("get", kind, "-n", "tenant-acme", "--sort-by=.metadata.name", "-o", `jsonpath={range .items[*]}${path}{"\\n"}{end}`);
  return Promise.all([
    read("deployments", "{.metadata.name} {.metadata.uid} {.spec}"),
    read("replicasets", "{.metadata.name} {.metadata.uid} {.spec}"),
    read("pods", "{.metadata.name} {.metadata.uid}"),
    read("pvc", "{.metadata.name} {.metadata.uid} {.spec.volumeName} {.spec.resources}"),
    read("services", "{.metadata.name} {.metadata.uid} {.spec.ports}"),
    read("configmaps", "{.metadata.name} {.data}"),
  ]);
}
