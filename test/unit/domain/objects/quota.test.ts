import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { deployment } from "../../../../src/domain/objects/deployment.ts";
import { proxyName, proxyRegions } from "../../../../src/domain/objects/names.ts";
import { authTemplate, proxyTemplate, type PodTemplate } from "../../../../src/domain/objects/pod-template.ts";
import { preflightJob } from "../../../../src/domain/objects/preflight-job.ts";
import { resourceQuota } from "../../../../src/domain/objects/quota.ts";
import { OWNER, PLATFORM, tenantSpec, type TenantSpecInput } from "../../../fixtures/tenant.ts";

interface Use {
  readonly pods: number;
  readonly cpuMillis: number;
  readonly memoryMi: number;
}

const NOTHING: Use = { pods: 0, cpuMillis: 0, memoryMi: 0 };
/** What a pod of template revision 1 asks for, whatever later ones do. */
const REVISION_1 = { pods: 1, cpuMillis: 100, memoryMi: 256 };

const INPUT = { owner: OWNER, version: "17.2.3", platform: PLATFORM };

function add(a: Use, b: Use, times = 1): Use {
  return { pods: a.pods + b.pods * times, cpuMillis: a.cpuMillis + b.cpuMillis * times, memoryMi: a.memoryMi + b.memoryMi * times };
}

function numberOf(text: string | undefined, unit: string): number {
  if (text === undefined || !text.endsWith(unit)) throw new Error(`${text ?? "nothing"} is not in ${unit}`);
  return Number(text.slice(0, text.length - unit.length));
}

/** What a pod of the template asks for: without requests a quota would refuse it. */
function podOf(template: PodTemplate): Use {
  const { containers } = template["spec"] as { containers: readonly { resources: { requests: Record<string, string> } }[] }; // as rendered
  return containers.reduce((use, { resources: { requests } }) => add(use, { pods: 0, cpuMillis: numberOf(requests["cpu"], "m"), memoryMi: numberOf(requests["memory"], "Mi") }), { ...NOTHING, pods: 1 });
}

function hardOf(spec: TenantSpecInput, lingering: readonly string[] = []): Use {
  const { hard } = resourceQuota({ owner: OWNER, spec: tenantSpec(spec), lingering })["spec"] as { hard: Record<string, string> }; // as rendered
  return { pods: numberOf(hard["pods"], ""), cpuMillis: numberOf(hard["requests.cpu"], "m"), memoryMi: numberOf(hard["requests.memory"], "Mi") };
}

/** How many pods a Deployment may have at once in a roll, by its own strategy. */
function surged(name: string, replicas: number, template: PodTemplate): number {
  const { strategy } = deployment({ owner: OWNER, replicas, platform: PLATFORM, name, roll: { version: "17.2.3", revision: 1, template } })["spec"] as { strategy: { rollingUpdate?: { maxSurge: number } } }; // as rendered
  return replicas + (strategy.rollingUpdate?.maxSurge ?? 0);
}

/** The most that is there at once: every Deployment in the middle of a roll while all old pods still end, and a Preflight beside one that ends. */
function worst(spec: TenantSpecInput, old: Use): Use {
  const { auth, proxy, ...rest } = tenantSpec(spec);
  const sized = { ...INPUT, size: rest.size };
  const job = preflightJob({ ...INPUT, attempt: "acme-1" })["spec"] as { template: PodTemplate }; // as rendered
  const fresh = authTemplate(sized);
  const withAuth = add(add(NOTHING, podOf(fresh), surged("auth", auth.replicas, fresh)), old, auth.replicas);
  const withProxies = proxyRegions(rest).reduce((use, region) => {
    const template = proxyTemplate(sized, region);
    return add(add(use, podOf(template), surged(proxyName(region), proxy.replicas, template)), old, proxy.replicas);
  }, withAuth);
  return add(withProxies, podOf(job.template), 2);
}

const REGIONS = ["us-west-2", "us-east-1", "eu-central-1", "ap-south-1", "ap-southeast-1", "sa-east-1"];
const anySpec = fc.record({
  auth: fc.record({ replicas: fc.integer({ min: 1, max: 10 }) }),
  proxy: fc.record({ replicas: fc.integer({ min: 1, max: 50 }) }),
  region: fc.constantFrom(...REGIONS),
  proxyRegions: fc.subarray(REGIONS, { minLength: 1 }),
  size: fc.constantFrom("Standard" as const, "Large" as const),
});
const fits = (use: Use, hard: Use): boolean => use.pods <= hard.pods && use.cpuMillis <= hard.cpuMillis && use.memoryMi <= hard.memoryMi;

describe("a tenant's quota", () => {
  it("is this for two proxies at home", () => {
    expect(resourceQuota({ owner: OWNER, spec: tenantSpec() })).toMatchObject({ metadata: { name: "tenant", namespace: "tenant-acme" }, spec: { hard: { pods: "9", "requests.cpu": "800m", "requests.memory": "1920Mi" } } });
  });

  it("is larger for a large tenant, by as much as its pods are", () => {
    expect(hardOf({ size: "Large" })).toEqual({ pods: 9, cpuMillis: 2 * 8000 + 5 * 4000 + 2 * 50, memoryMi: 2 * 16_384 + 5 * 8192 + 2 * 64 });
  });

  it("leaves room for an upgrade at its worst, from the newest template or the oldest", () => {
    fc.assert(fc.property(anySpec, (spec) => {
      const { size } = spec;
      const uses = [podOf(proxyTemplate({ ...INPUT, size }, "us-west-2")), podOf(authTemplate(INPUT)), REVISION_1].map((old) => worst(spec, old));
      expect(uses.filter((use) => !fits(use, hardOf(spec)))).toEqual([]);
    }));
  });

  it("leaves no room for another pod of Auth or Proxy beside that", () => {
    fc.assert(fc.property(anySpec, (spec) => {
      const sized = { ...INPUT, size: spec.size };
      const [auth, proxy] = [podOf(authTemplate(sized)), podOf(proxyTemplate(sized, "us-west-2"))];
      // The old pods of each are as large as the new ones.
      const { auth: { replicas } } = spec;
      const most = add(worst(spec, proxy), { pods: 0, cpuMillis: auth.cpuMillis - proxy.cpuMillis, memoryMi: auth.memoryMi - proxy.memoryMi }, replicas);
      const hard = hardOf(spec);
      const more = [auth, proxy].map((pod) => add(most, pod));
      expect(more.filter((use) => fits(use, hard))).toEqual([]);
    }));
  });

  it("leaves the proxies of a region that was given up their room until they have ended", () => {
    fc.assert(fc.property(anySpec, fc.constantFrom(...REGIONS), (spec, gone) => {
      const before = hardOf({ ...spec, proxyRegions: [...new Set([...spec.proxyRegions, gone])] });
      expect(hardOf({ ...spec, proxyRegions: spec.proxyRegions }, [proxyName(gone)])).toEqual(before);
    }));
  });

  it("says nothing of limits, which pods of revision 1 do not have", () => {
    const { hard } = resourceQuota({ owner: OWNER, spec: tenantSpec() })["spec"] as { hard: object }; // as rendered
    expect(Object.keys(hard).filter((name) => name.startsWith("limits"))).toEqual([]);
  });
});
