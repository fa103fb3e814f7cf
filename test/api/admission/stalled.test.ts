import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { type Cluster, startCluster } from "../../../tools/cluster/cluster.ts";
import { type AuditEvent, readAudit } from "../../support/audit.ts";
import { allowRehearsal, type Exit, installChart, operatorKubeconfig, type OperatorProcess, RELEASE, startOperator } from "../../support/operator.ts";
import { badManifests } from "./manifests.ts";

const STALLED = badManifests("stalled");
const HELD = badManifests("held");

let cluster: Cluster;
let operator: OperatorProcess;
let exit: Exit;

// From a Saturday to the Wednesday after: one opening of the sound window, and one patch that is due in it.
beforeAll(async () => {
  cluster = await startCluster({ profile: "full", audit: true, log: () => undefined });
  await installChart(cluster);
  await allowRehearsal(cluster);
  const kubeconfig = await operatorKubeconfig(cluster);
  await cluster.kubectl(["create", "-f", join(import.meta.dirname, "world.yaml")]);
  for (const { path } of [...STALLED, ...HELD]) await cluster.kubectl(["create", "-f", path]);
  const rehearsal = { rehearseFrom: "2026-11-28T12:00:00Z", rehearseUntil: "2026-12-02T12:00:00Z", exitAtEnd: true };
  operator = startOperator({ cluster, kubeconfig, ...rehearsal });
  exit = await operator.exited;
});

afterAll(() => cluster.stop());

const Condition = z.object({ type: z.string(), status: z.string(), reason: z.string(), message: z.string() });
const Lane = z.object({ holds: z.array(z.object({ code: z.string(), message: z.string() })).default([]) });
const Status = z.object({
  conditions: z.array(Condition).default([]),
  lanes: z.object({ patch: Lane, major: Lane }).optional(),
  open: z.boolean().optional(),
  version: z.string().optional(),
  history: z.array(z.unknown()).default([]),
  slots: z.array(z.unknown()).default([]),
});

const statusOf = async (object: string) => Status.parse(JSON.parse(await cluster.kubectl(["get", object, "-o", "jsonpath={.status}"])));
const namesOf = (kind: string) => new Set([...STALLED, ...HELD].map(({ object }) => object.split("/")).flatMap(([of, name]) => (of === kind && name !== undefined ? [name] : [])));

describe("a bad manifest that only the operator can judge", () => {
  test("there are enough of them", () => {
    expect(STALLED.length + HELD.length).toBeGreaterThanOrEqual(8);
  });

  test.each(STALLED)("$file: $about", async ({ object, reason, says }) => {
    const { conditions } = await statusOf(object);
    expect(conditions).toContainEqual(expect.objectContaining({ type: "Stalled", status: "True", reason, message: expect.stringContaining(says) }));
    expect(conditions).not.toContainEqual(expect.objectContaining({ type: "Ready", status: "True" }));
  });

  test.each(HELD)("$file: $about", async ({ object, reason, says }) => {
    const { lanes } = await statusOf(object);
    const holds = [...(lanes?.patch.holds ?? []), ...(lanes?.major.holds ?? [])];
    expect(holds).toContainEqual(expect.objectContaining({ code: reason, message: expect.stringContaining(says) }));
  });

  test.each(HELD.filter(({ reason }) => reason === "WindowInvalid"))("$file: the tenant says so in a condition of its own", async ({ object, says }) => {
    const { conditions } = await statusOf(object);
    expect(conditions).toContainEqual(expect.objectContaining({ type: "WindowsValid", status: "False", reason: "WindowInvalid", message: expect.stringContaining(says) }));
  });
});

describe("with all of them in one cluster", () => {
  test("the operator reaches the end of its rehearsal", () => {
    expect({ exit, broken: operator.logs.filter(({ level }) => level === "raw" || level === "error") }).toEqual({ exit: { code: 0, signal: null }, broken: [] });
  });

  test("the sound tenant is upgraded in its window, and no other", async () => {
    const claimed = operator.logs.filter(({ message }) => message === "upgrade claimed").map(({ tenant, to }) => ({ tenant, to }));
    expect(claimed).toEqual([{ tenant: "sound", to: "17.2.3" }]);
    expect((await statusOf("tn/sound")).version).toBe("17.2.3");
    for (const tenant of namesOf("tn")) expect(await statusOf(`tn/${tenant}`)).toMatchObject({ history: [] });
    for (const channel of namesOf("rch")) expect(await statusOf(`rch/${channel}`)).toMatchObject({ slots: [] });
  });

  test("no bad window was ever open", async () => {
    const writes = readAudit(cluster).filter((event) => event.user.username === RELEASE.user && event.objectRef?.resource === "maintenancewindows");
    const opened = (names: ReadonlySet<string>) => writes.filter((event) => names.has(event.objectRef?.name ?? "") && isOpen(event));
    expect(opened(new Set(["tuesday-night-berlin"])).length).toBeGreaterThan(0);
    expect(opened(namesOf("mw"))).toEqual([]);
  });

  test("nothing is made for a tenant that cannot be begun", async () => {
    const namespaces = (await cluster.kubectl(["get", "namespaces", "-l", "slacktide.dev/tenant", "-o", "jsonpath={.items[*].metadata.labels.slacktide\\.dev/tenant}"])).split(" ");
    expect(namespaces.sort()).toEqual(["sound", ...HELD.map(({ object }) => object.slice("tn/".length))].sort());
    expect(await cluster.kubectl(["get", "all", "-n", "tenant-namespace-taken", "-o", "name"])).toBe("");
  });
});

function isOpen({ responseObject }: AuditEvent): boolean {
  return responseObject?.status?.["open"] === true;
}
