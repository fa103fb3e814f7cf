import { stringify } from "yaml";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { apply, channel, release, tenant, tenantStatus, window, type Manifest } from "../support/fleet.ts";
import { startStage, type Stage } from "../support/stage.ts";

const CADENCE: Manifest = { patch: { cut: "0 * * * *", minAge: "0s", minInterval: "0s" } };
const SPEC: Manifest = { windows: ["nightly"], proxy: { replicas: 2 } };
/** Auth, two proxies, and the one that an upgrade has more; a Preflight has ended by then. */
const NEEDED = { pods: 4, cpuMillis: 400, memoryMi: 1024 };

let stage: Stage;

beforeAll(async () => {
  stage = await startStage();
  await apply(stage.cluster, channel([release("17.2.1")], CADENCE), window("nightly", "0 2 * * *"), tenant("acme", SPEC), tenant("globex", SPEC));
  await stage.rehearse("2026-12-01T00:00:00Z", "2026-12-01T00:30:00Z");
});

afterAll(() => stage?.stop());

const kubectl = (...args: readonly string[]) => stage.cluster.kubectl(args);

/** As the namespace has it: `{pods: "9", "requests.cpu": "800m", …}`. */
async function quotaOf(name: string, part: "hard" | "used"): Promise<Readonly<Record<string, string>>> {
  return JSON.parse(await kubectl("get", "resourcequota", "tenant", "-n", `tenant-${name}`, "-o", `jsonpath={.status.${part}}`)) as Record<string, string>; // a quota's
}

/** A pod that does nothing but ask for its share, and may run in a restricted namespace. */
function filler(name: string, { cpuMillis, memoryMi }: { readonly cpuMillis: number; readonly memoryMi: number }): Manifest {
  const securityContext = { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] }, runAsNonRoot: true, runAsUser: 65532, seccompProfile: { type: "RuntimeDefault" } };
  const containers = [{ name: "filler", image: "filler:1", securityContext, resources: { requests: { cpu: `${cpuMillis}m`, memory: `${memoryMi}Mi` } } }];
  return { apiVersion: "v1", kind: "Pod", metadata: { name, namespace: "tenant-acme" }, spec: { containers } };
}

const created = (pod: Manifest) => stage.cluster.kubectl(["create", "-f", "-"], { input: stringify(pod) }).then(() => "done", String);
const refusals = (name: string) => kubectl("get", "events", "-n", `tenant-${name}`, "--field-selector=reason=FailedCreate", "-o", "jsonpath={.items[*].message}");

describe("the quota of a tenant", () => {
  test("is what its sizes say, and in force", async () => {
    await expect.poll(() => quotaOf("acme", "hard"), { timeout: 20_000 }).toEqual({ pods: "9", "requests.cpu": "800m", "requests.memory": "1920Mi" });
    await expect.poll(() => quotaOf("acme", "used"), { timeout: 20_000 }).toEqual({ pods: "3", "requests.cpu": "300m", "requests.memory": "768Mi" });
  });

  test("is filled up to what an upgrade cannot do without", async () => {
    const room = 9 - NEEDED.pods;
    const share = { cpuMillis: Math.floor((800 - NEEDED.cpuMillis) / room), memoryMi: Math.floor((1920 - NEEDED.memoryMi) / room) };
    for (let n = 0; n < room; n += 1) expect(await created(filler(`filler-${n}`, share))).toBe("done");
    expect(await created(filler("surge", { cpuMillis: 100, memoryMi: 256 }))).toBe("done");
    expect(await created(filler("too-many", { cpuMillis: 1, memoryMi: 1 }))).toContain("exceeded quota: tenant");
    await kubectl("delete", "pod", "surge", "-n", "tenant-acme", "--grace-period=0", "--force");
    await expect.poll(async () => (await quotaOf("acme", "used"))["pods"], { timeout: 20_000 }).toBe("8");
  });

  test("does not keep an upgrade from succeeding, full or not", async () => {
    await apply(stage.cluster, channel([release("17.2.1"), release("17.2.3")], CADENCE));
    await stage.rehearse("2026-12-02T01:50:00Z", "2026-12-02T04:00:00Z");
    for (const name of ["acme", "globex"]) {
      const { version, history = [] } = await tenantStatus(stage.cluster, name);
      expect([name, version, history.map(({ result }) => result)]).toEqual([name, "17.2.3", ["Succeeded"]]);
    }
    expect(await kubectl("get", "pods", "-n", "tenant-acme", "-o", "name").then((names) => names.match(/filler/g)?.length)).toBe(5);
  });

  test("refuses no pod of an upgrade that has it for itself", async () => {
    expect(await refusals("globex")).toBe("");
  });
});
