import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { type Cluster, startCluster } from "../../../tools/cluster/cluster.ts";

const CRDS = join(import.meta.dirname, "../../../crds");
const PLURALS = ["tenants", "maintenancewindows", "releasechannels", "freezes", "approvals"] as const;

/** A node of a schema; what is not looked at here is left out. */
type Node = {
  readonly type?: string | undefined;
  readonly description?: string | undefined;
  readonly properties?: Readonly<Record<string, Node>> | undefined;
  readonly additionalProperties?: Node | undefined;
  readonly items?: Node | undefined;
  readonly maxItems?: number | undefined;
  readonly "x-kubernetes-list-type"?: string | undefined;
  readonly "x-kubernetes-list-map-keys"?: readonly string[] | undefined;
  readonly "x-kubernetes-preserve-unknown-fields"?: boolean | undefined;
};
const Node: z.ZodType<Node> = z.lazy(() =>
  z.object({
    type: z.string().optional(),
    description: z.string().optional(),
    properties: z.record(z.string(), Node).optional(),
    additionalProperties: Node.optional(),
    items: Node.optional(),
    maxItems: z.number().optional(),
    "x-kubernetes-list-type": z.string().optional(),
    "x-kubernetes-list-map-keys": z.array(z.string()).optional(),
    "x-kubernetes-preserve-unknown-fields": z.boolean().optional(),
  }),
);
const Crd = z.object({
  spec: z.object({ versions: z.tuple([z.object({ schema: z.object({ openAPIV3Schema: Node }) })]) }),
  status: z.object({ conditions: z.array(z.object({ type: z.string(), status: z.string() })), storedVersions: z.array(z.string()) }).optional(),
});

let cluster: Cluster;

beforeAll(async () => {
  cluster = await startCluster({ profile: "light", log: () => undefined });
  await cluster.kubectl(["create", "-f", CRDS]);
  await cluster.kubectl(["wait", "--for=condition=Established", "-f", CRDS, "--timeout=30s"]);
  await create(tenant("acme"), window("tuesday"), channel("stable"));
});

afterAll(() => cluster.stop());

const object = (kind: string, name: string, spec: object) => ({ apiVersion: "slacktide.dev/v1alpha1", kind, metadata: { name }, spec });
const tenant = (name: string, spec: object = {}) => object("Tenant", name, { domain: `${name}.teleport.example`, region: "us-west-2", ...spec });
const window = (name: string, spec: object = {}) => object("MaintenanceWindow", name, { schedule: "0 3 * * 2", duration: "4h", ...spec });
const channel = (name: string, spec: object = {}) => object("ReleaseChannel", name, spec);

const create = (...objects: readonly object[]) => cluster.kubectl(["create", "-f", "-"], { input: objects.map((each) => stringify(each)).join("---\n") });
const read = async (name: string): Promise<unknown> => JSON.parse(await cluster.kubectl(["get", name, "-o", "json"]));
const patch = (name: string, spec: object) => cluster.kubectl(["patch", name, "--type=merge", "-p", JSON.stringify({ spec })]);
const patchStatus = (name: string, status: object) => cluster.kubectl(["patch", name, "--subresource=status", "--type=merge", "-p", JSON.stringify({ status })]);

interface Place {
  readonly path: string;
  readonly node: Node;
}

/** Every node below this one, each with its path. */
function placesIn(node: Node, path: string): readonly Place[] {
  const below = Object.entries(node.properties ?? {}).map(([name, child]): Place => ({ path: `${path}.${name}`, node: child }));
  if (node.items !== undefined) below.push({ path: `${path}[]`, node: node.items });
  if (node.additionalProperties !== undefined) below.push({ path: `${path}{}`, node: node.additionalProperties });
  return below.flatMap((place) => [place, ...placesIn(place.node, place.path)]);
}

function placesOf(plural: string): readonly Place[] {
  const crd = Crd.parse(parse(readFileSync(join(CRDS, `${plural}.slacktide.dev.yaml`), "utf8")));
  return placesIn(crd.spec.versions[0].schema.openAPIV3Schema, plural);
}

describe("the schemas", () => {
  test.each(PLURALS)("of %s are structural, as the API server judges", async (plural) => {
    const { status } = Crd.parse(await read(`crd/${plural}.slacktide.dev`));
    // A schema that is not structural, or whose CEL is wrong, gives a condition NonStructuralSchema or no Established.
    expect(status?.conditions.filter((each) => each.status === "True").map(({ type }) => type).sort()).toEqual(["Established", "NamesAccepted"]);
    expect(status?.storedVersions).toEqual(["v1alpha1"]);
    expect(placesOf(plural).filter(({ node }) => node["x-kubernetes-preserve-unknown-fields"] === true)).toEqual([]);
  });

  test.each(PLURALS)("of %s describe every field in a sentence", (plural) => {
    const isField = ({ path }: Place) => !path.endsWith("[]") && !path.endsWith("{}") && path !== `${plural}.metadata`;
    const fields = placesOf(plural).filter(isField);
    expect(fields.length).toBeGreaterThan(20);
    expect(fields.filter(({ node }) => !/^\S.*\.$/s.test(node.description ?? "")).map(({ path }) => path)).toEqual([]);
  });

  test.each(PLURALS)("of %s bound every list and say how it merges", (plural) => {
    const lists = placesOf(plural).filter(({ node }) => node.type === "array");
    expect(lists.length).toBeGreaterThan(3);
    expect(lists.filter(({ node }) => node.maxItems === undefined).map(({ path }) => path)).toEqual([]);
    expect(lists.filter(({ node }) => node["x-kubernetes-list-type"] === undefined).map(({ path }) => path)).toEqual([]);
  });

  test("key the lists that people and controllers write together", () => {
    const keyed = PLURALS.flatMap(placesOf).flatMap(({ path, node }) => (node["x-kubernetes-list-type"] === "map" ? [`${path} by ${node["x-kubernetes-list-map-keys"]?.join()}`] : []));
    expect(keyed).toEqual(
      expect.arrayContaining([
        "releasechannels.spec.releases by version",
        "releasechannels.spec.lines by major",
        "releasechannels.status.slots by attempt",
        "tenants.status.conditions by type",
        "tenants.status.history by id",
        "tenants.status.lanes.major.holds by code",
        "maintenancewindows.status.conditions by type",
      ]),
    );
  });

  test("serve kubectl explain", async () => {
    expect(await cluster.kubectl(["explain", "tenant.spec.upgrades.maxMajor"])).toContain("The highest major line the tenant may reach.");
  });
});

describe("defaults", () => {
  test("of a Tenant", async () => {
    expect(await read("tenant/acme")).toMatchObject({
      spec: {
        channel: "stable",
        upgrades: { mode: "Automatic" },
        agents: { inventory: { type: "Exec", maxAge: "30m", rememberFor: "168h" }, autoUpdate: false, expected: 0 },
        size: "Standard",
        auth: { replicas: 1 },
        proxy: { replicas: 2 },
        storage: { type: "Embedded" },
        subscription: { retention: "720h" },
        suspend: false,
      },
    });
  });

  test("of a MaintenanceWindow", async () => {
    expect(await read("mw/tuesday")).toMatchObject({ spec: { timeZone: "UTC", lanes: ["Patch", "Major"] } });
  });

  test("of a ReleaseChannel", async () => {
    expect(await read("rch/stable")).toMatchObject({
      spec: {
        releases: [],
        lines: [],
        patch: { cut: "0 0 * * 1", timeZone: "UTC", minAge: "24h", minInterval: "20h" },
        major: { cut: "0 0 1 1,4,7,10 *", timeZone: "UTC", minAge: "504h", firstMinor: 1, approval: false, minInterval: "720h" },
        security: { minAge: "0s", waves: "Skip" },
        rollout: { maxParallel: 10, maxFailures: 1, maxAttempts: 2, expectedDuration: { patch: "20m", major: "45m" }, waves: [] },
      },
    });
  });
});

describe("kubectl get", () => {
  const headOf = async (what: string, ...flags: readonly string[]) => (await cluster.kubectl(["get", what, ...flags])).split("\n")[0]?.trim().split(/\s{2,}/);

  test.each([
    ["tn", ["NAME", "VERSION", "TARGET", "STATE", "WINDOW", "READY", "AGE"]],
    ["mw", ["NAME", "SCHEDULE", "ZONE", "DURATION", "OPEN", "NEXT", "AGE"]],
    ["rch", ["NAME", "TENANTS", "NEXT-PATCH-CUT", "NEXT-MAJOR-CUT", "READY", "HALTED", "AGE"]],
  ])("%s shows the columns of the design", async (what, columns) => {
    expect((await headOf(what))?.flatMap((column) => column.split(/\s+/))).toEqual(columns);
  });

  test("shows a future instant as it is, not as an age", async () => {
    await patchStatus("mw/tuesday", { open: false, nextOpensAt: "2031-03-04T03:00:00Z" });
    expect(await cluster.kubectl(["get", "mw", "tuesday", "--no-headers"])).toContain("0 3 * * 2   UTC   4h    false   2031-03-04T03:00:00Z");
  });

  test("takes all three kinds as one category", async () => {
    const names = (await cluster.kubectl(["get", "slacktide", "-o", "name"])).trim().split("\n");
    expect(names.sort()).toEqual(["maintenancewindow.slacktide.dev/tuesday", "releasechannel.slacktide.dev/stable", "tenant.slacktide.dev/acme"]);
  });
});

describe("status", () => {
  test("is a subresource: a write to the object leaves it, and a write to it leaves the spec and its generation", async () => {
    await patchStatus("tenant/acme", { version: "17.2.1", phase: "Active" });
    await cluster.kubectl(["patch", "tenant/acme", "--type=merge", "-p", JSON.stringify({ status: { version: "1.0.0" } })]);
    expect(await read("tenant/acme")).toMatchObject({ metadata: { generation: 1 }, status: { version: "17.2.1" } });
    await cluster.kubectl(["patch", "tenant/acme", "--subresource=status", "--type=merge", "-p", JSON.stringify({ spec: { channel: "other" } })]);
    expect(await read("tenant/acme")).toMatchObject({ spec: { channel: "stable" } });
  });

  test("is judged too: nobody writes a hold that there is not", async () => {
    const hold = { code: "NoSuchHold", message: "m", scope: "Tenant", source: { kind: "Tenant", name: "acme" }, since: "2026-11-28T12:00:00Z", liftable: false };
    await expect(patchStatus("tenant/acme", { lanes: { patch: { holds: [hold] } } })).rejects.toThrow('Unsupported value: "NoSuchHold"');
  });
});

describe("what is immutable stays", () => {
  beforeAll(() => create(tenant("begun", { initialVersion: "17.2.1" }), tenant("large", { size: "Large" }), tenant("tables", { storage: { type: "AWS" } }), tenant("outside", { storage: { type: "AWS", externalAudit: { bucket: "outside-recordings", region: "us-west-2" } } })));

  test.each([
    ["acme", { domain: "acme.elsewhere.example" }, "spec.domain: Invalid value", "domain is immutable"],
    ["acme", { region: "eu-central-1" }, "spec.region: Invalid value", "region is immutable"],
    ["large", { size: "Standard" }, "spec.size: Invalid value", "size never goes from Large to Standard"],
    ["acme", { initialVersion: "17.2.3" }, "spec: Invalid value", "initialVersion is immutable"],
    ["begun", { initialVersion: "17.2.3" }, "spec: Invalid value", "initialVersion is immutable"],
    ["begun", { initialVersion: null }, "spec: Invalid value", "initialVersion is immutable"],
    ["acme", { storage: { type: "AWS" } }, "spec.storage.type: Invalid value", "storage.type is immutable"],
    ["tables", { storage: { externalAudit: { bucket: "tables-recordings", region: "us-west-2" } } }, "spec.storage: Invalid value", "storage.externalAudit is immutable"],
    ["outside", { storage: { externalAudit: { prefix: "elsewhere" } } }, "spec.storage: Invalid value", "storage.externalAudit is immutable"],
    ["outside", { storage: { externalAudit: null } }, "spec.storage: Invalid value", "storage.externalAudit is immutable"],
  ])("%s with %j", async (name, change, field, words) => {
    const answer = await patch(`tenant/${name}`, change).catch(String);
    expect(answer).toContain(field);
    expect(answer).toContain(words);
  });

  test("and all else may change", async () => {
    await patch("tenant/begun", { channel: "other", windows: ["tuesday"], proxyRegions: ["us-west-2", "eu-central-1"], upgrades: { maxMajor: 18 }, proxy: { replicas: 3 } });
    expect(await read("tenant/begun")).toMatchObject({ metadata: { generation: 2 }, spec: { channel: "other", proxy: { replicas: 3 } } });
  });
});

describe("server-side apply merges lists by key", () => {
  const release = (version: string) => ({ version, releasedAt: "2026-11-03T14:00:00Z" });
  const applyAs = (manager: string, spec: object) =>
    cluster.kubectl(["apply", "--server-side", `--field-manager=${manager}`, "-f", "-"], { input: stringify(channel("shared", spec)) });

  test("so that two pipelines publish into one channel", async () => {
    await applyAs("seventeen", { releases: [release("17.2.1")] });
    await applyAs("eighteen", { releases: [release("18.1.2")] });
    expect(await read("rch/shared")).toMatchObject({ spec: { releases: [{ version: "17.2.1" }, { version: "18.1.2" }] } });
    await applyAs("seventeen", { releases: [release("17.2.3")] });
    const { spec } = z.object({ spec: z.object({ releases: z.array(z.object({ version: z.string() })) }) }).parse(await read("rch/shared"));
    expect(spec.releases.map(({ version }) => version).sort()).toEqual(["17.2.3", "18.1.2"]);
  });
});
