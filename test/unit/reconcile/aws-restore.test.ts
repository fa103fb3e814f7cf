import { beforeEach, describe, expect, it } from "vitest";
import { ANNOTATION, FINALIZER } from "../../../src/api/index.ts";
import { ownerLabels } from "../../../src/domain/objects/names.ts";
import { specAs } from "../../../src/reconcile/shapes.ts";
import { runAck, switchRecovery } from "../../fixtures/ack.ts";
import { runPods } from "../../fixtures/pods.ts";
import { NAMESPACE, TablesWorld } from "../../fixtures/restored-tables.ts";
import { OWNER, PLATFORM } from "../../fixtures/tenant.ts";

const BASE = "slacktide-acme-uidacme";
/** From its confirmation on a restore writes fewer objects than this, changed or not. */
const WRITES = 140;

let world: TablesWorld;

beforeEach(async () => {
  world = new TablesWorld();
  await world.start();
});

async function prepared(): Promise<void> {
  world.ask();
  await world.look(6);
  expect(world.ready()).toMatchObject({ status: "True", reason: "ConfirmationNeeded" });
  world.looks.length = 0;
}

const jobArgs = () => specAs<{ template: { spec: { containers: readonly { args: readonly string[] }[] } } }>(world.get("Job", `data-${world.mark()}`, NAMESPACE)).template?.spec.containers[0]?.args;
const annotationsOf = (table: string) => world.get("Table", table, NAMESPACE)?.metadata.annotations ?? {};

describe("a restore of tables", () => {
  it("prepares a pair of its own, as of the point, and changes nothing until somebody confirms it", async () => {
    await prepared();
    const takenAt = world.status().restorePoints?.[0]?.takenAt;
    expect(jobArgs()).toEqual(["restore-tables", "--region", "us-west-2", "--at", takenAt, "--table", `${BASE}=${BASE}-restored-${world.mark()}`, "--table", `${BASE}-audit=${BASE}-audit-restored-${world.mark()}`]);
    expect(world.ready()?.message).toContain(`Whole: tables data-${world.mark()} from ${world.point()} of 17.2.1; to switch to it: kubectl annotate tenant acme ${ANNOTATION.confirmRestore}=uid-backend-${world.mark()}`);
    world.annotate({ [ANNOTATION.confirmRestore]: "yes" });
    await world.look(5);
    expect([world.looks, world.data(), world.status().phase]).toEqual([["auth 18.1.0 on auth-data, proxy-us-west-2 18.1.0"], "auth-data", "Active"]);
  });

  it("is made by an identity of its own, which is there for as long as that takes, and Auth's never may", async () => {
    world.ask();
    await world.look(2);
    expect(world.policyOf("restore")).toContain("dynamodb:RestoreTableToPointInTime");
    expect(world.get("ServiceAccount", "restore", NAMESPACE)?.metadata.annotations).toEqual({ "eks.amazonaws.com/role-arn": "arn:aws:iam::123456789012:role/slacktide-uidacme-restore" });
    await world.look(5);
    expect(world.ready()?.reason).toBe("ConfirmationNeeded");
    expect(world.get("Role", "restore", NAMESPACE)).toBeUndefined();
    world.confirm();
    await world.look(15);
    expect(world.data()).toBe(`data-${world.mark()}`);
    expect(world.policyOf("auth")).not.toContain("Restore");
  });

  it("begins when AWS has its role, not before", async () => {
    world.ask();
    world.hasAckRun = false;
    await world.look(4);
    expect([world.tables().length, world.all("Job").filter(({ metadata }) => metadata.name.startsWith("data-"))]).toEqual([4, []]);
    world.hasAckRun = true;
    await world.look(5);
    expect(world.ready()?.reason).toBe("ConfirmationNeeded");
  });

  it("is the way back across a major: all stops, and starts with the version and the tables of the point", async () => {
    await prepared();
    world.confirm();
    await world.look(15);
    const data = `data-${world.mark()}`;
    expect(world.looks.filter((look) => /auth 17.* on auth-data|auth 18.* on data-|auth 17.*proxy-us-west-2 18/.test(look))).toEqual([]);
    expect([world.looks.includes(""), world.looks.at(-1)]).toEqual([true, `auth 17.2.1 on ${data}, proxy-us-west-2 17.2.1`]);
    expect(world.status()).toMatchObject({ version: "17.2.1", phase: "Active", history: [{ class: "Major", from: "17.2.1", to: "18.1.0", result: "RolledBack", message: `restored to ${data}, as somebody confirmed` }, {}] });
    expect(world.storageOfAuth()).toMatchObject({ type: "dynamodb", table_name: `${BASE}-restored-${world.mark()}`, audit_events_uri: [`dynamodb://${BASE}-audit-restored-${world.mark()}`] });
    expect(world.get("Namespace", NAMESPACE)?.metadata.annotations).toMatchObject({ [ANNOTATION.version]: "17.2.1", [ANNOTATION.volume]: data });
    expect(world.policyOf("auth")).toContain(`table/${BASE}-restored-${world.mark()}`);
    expect(world.policyOf("auth")).not.toContain(`table/${BASE}\\`);
    expect([world.ready(), world.storageReady()?.reason]).toEqual([undefined, "Synced"]);
    expect(specAs<{ strategy: { type: string } }>(world.get("Deployment", "auth", NAMESPACE)).strategy?.type).toBe("RollingUpdate");
  });

  it("leaves the tables of before as they were, protected and recoverable, until somebody confirms that they go", async () => {
    await prepared();
    world.confirm();
    await world.look(15);
    for (const table of ["backend", "audit"]) {
      expect(specAs(world.get("Table", table, NAMESPACE))).toMatchObject({ deletionProtectionEnabled: true, continuousBackups: { pointInTimeRecoveryEnabled: true } });
      expect(annotationsOf(table)).toMatchObject({ "services.k8s.aws/deletion-policy": "retain" });
    }
    const backend = world.get("Table", "backend", NAMESPACE);
    world.put("Table", { ...backend?.metadata, name: "backend", annotations: { ...backend?.metadata.annotations, [ANNOTATION.confirmDelete]: "uid-backend" } }, { spec: backend?.spec, status: backend?.status });
    await world.look(3);
    expect([annotationsOf("backend")["services.k8s.aws/deletion-policy"], specAs<{ deletionProtectionEnabled: boolean }>(world.get("Table", "backend", NAMESPACE)).deletionProtectionEnabled]).toEqual(["delete", false]);
    await world.time.advance(60_000);
    await world.look(2);
    expect(world.tables()).toEqual(["audit", `audit-${world.mark()}`, `backend-${world.mark()}`]);
  });

  it("ends a major that is stuck, and is told of as its roll-back", async () => {
    world = new TablesWorld();
    await world.begin({ storage: { type: "AWS" } });
    const isProxy = (name: string) => name !== "auth";
    const goOn = async (times: number) => {
      for (let n = 0; n < times; n += 1) await world.goOn(1, isProxy).then(() => runAck(world));
    };
    for (let n = 0; n < 30 && world.versions()[0] !== "18.1.0"; n += 1) await goOn(1);
    await world.time.advance(PLATFORM.pods.stepDeadlineSeconds * 1_000);
    await goOn(3);
    expect(world.status().phase).toBe("Stuck");
    world.ask();
    await goOn(6);
    expect([world.ready()?.reason, world.status().phase]).toEqual(["ConfirmationNeeded", "Stuck"]);
    world.confirm();
    await world.look(15);
    expect([world.versions(), world.data(), world.status(), world.slots()]).toMatchObject([["17.2.1", "17.2.1"], `data-${world.mark()}`, { version: "17.2.1", phase: "Active", history: [{ to: "18.1.0", result: "RolledBack" }] }, []]);
  });

  it("lets nobody take the tables away that Auth uses", async () => {
    const backend = world.get("Table", "backend", NAMESPACE);
    world.put("Table", { ...backend?.metadata, name: "backend", annotations: { ...backend?.metadata.annotations, [ANNOTATION.confirmDelete]: "uid-backend" } }, { spec: backend?.spec, status: backend?.status });
    await world.look(3);
    await world.time.advance(60_000);
    await world.look(3);
    expect([world.tables(), annotationsOf("backend")["services.k8s.aws/deletion-policy"]]).toEqual([["audit", "backend"], "retain"]);
  });

  it("comes to the same end if the process crashes at a write, before or after it, and asks for its tables once", async () => {
    for (const when of ["before", "after"] as const) {
      for (let n = when === "before" ? 1 : 9; n <= WRITES; n += 19) {
        world = new TablesWorld();
        await world.start();
        world.ask();
        world.crashAt(n, when);
        await world.look(7);
        world.confirm();
        world.crashAt(n, when);
        await world.look(15);
        expect([n, when, world.versions(), world.data(), world.status()]).toMatchObject([n, when, ["17.2.1", "17.2.1"], `data-${world.mark()}`, { version: "17.2.1", phase: "Active" }]);
        expect([n, when, world.tables(), world.all("Job").filter(({ metadata }) => metadata.name.startsWith("data-")).length]).toEqual([n, when, ["audit", `audit-${world.mark()}`, "backend", `backend-${world.mark()}`], 1]);
        expect([n, when, world.looks.filter((look) => /auth 17.* on auth-data|auth 18.* on data-|auth 17.*proxy-us-west-2 18/.test(look))]).toEqual([n, when, []]);
      }
    }
  });

  it("goes on while ACK is behind, once it was confirmed", async () => {
    await prepared();
    world.confirm();
    await world.look(1);
    runAck(world, "Behind", ({ metadata }) => !metadata.name.includes("-"));
    world.hasAckRun = false;
    await world.look(15);
    expect([world.data(), world.status().version]).toEqual([`data-${world.mark()}`, "17.2.1"]);
  });

  it("survives the loss of status, namespace and Deployments: which tables are the tenant's stands on them", async () => {
    await prepared();
    world.confirm();
    await world.look(15);
    const data = world.data();
    for (const each of world.all("Deployment")) world.drop("Deployment", each.metadata);
    world.put("Namespace", { name: NAMESPACE, labels: ownerLabels(OWNER), annotations: {} });
    world.put("Tenant", { ...world.tenant().metadata, annotations: {} }, { spec: world.tenant().spec });
    await world.look(6);
    expect([world.data(), world.versions()]).toEqual([data, ["17.2.1", "17.2.1"]]);
  });
});

describe("tables that were not brought back as they should", () => {
  it.each<[why: string, summary: object | undefined]>([
    ["from another table", { sourceTableARN: "arn:aws:dynamodb:us-west-2:123456789012:table/slacktide-globex-uidglobex", restoreDateTime: "2026-11-24T02:05:00Z" }],
    ["to another instant", { sourceTableARN: `arn:aws:dynamodb:us-west-2:123456789012:table/${BASE}`, restoreDateTime: "2026-11-23T00:00:00Z" }],
    ["by nobody: it is an empty one", undefined],
  ])("are never offered: restored %s", async (_why, restoreSummary) => {
    world.ask();
    await world.look(2);
    const backend = world.get("Table", `backend-${world.mark()}`, NAMESPACE);
    world.put("Table", { ...backend?.metadata, name: `backend-${world.mark()}` }, { spec: backend?.spec, status: { conditions: [{ type: "ACK.ResourceSynced", status: "True" }], tableStatus: "ACTIVE", latestStreamARN: "arn", restoreSummary } });
    world.hasAckRun = false;
    await world.look(2);
    expect(world.ready()).toMatchObject({ status: "False", reason: "PreparationFailed", message: expect.stringContaining(`tables data-${world.mark()} could not be filled`) as string });
    world.confirm();
    await world.look(5);
    expect(world.data()).toBe("auth-data");
  });

  it("are told of, and asked for anew under another name", async () => {
    world.storage = "fails";
    world.ask();
    await world.look(5);
    expect(world.ready()?.reason).toBe("PreparationFailed");
    world.storage = "works";
    world.ask("2");
    await world.look(7);
    expect([world.ready()?.reason, world.tables()]).toEqual(["ConfirmationNeeded", ["audit", `audit-${world.mark()}`, `audit-${world.mark()}-2`, "backend", `backend-${world.mark()}`, `backend-${world.mark()}-2`]]);
  });

  it("are offered when ACK has brought back what AWS leaves out, not before", async () => {
    world.ask();
    await world.look(2);
    world.hasAckRun = false;
    expect(specAs(world.get("Table", `audit-${world.mark()}`, NAMESPACE))).toMatchObject({ continuousBackups: { pointInTimeRecoveryEnabled: false } });
    for (let n = 0; n < 3; n += 1) {
      await world.look(1);
      expect(world.ready()?.reason).toBe("Preparing");
    }
    world.hasAckRun = true;
    await world.look(2);
    expect(world.ready()?.reason).toBe("ConfirmationNeeded");
  });
});

describe("a restore of tables that is called off", () => {
  it("leaves its tables until somebody confirms that they go, and its role until its Job is done", async () => {
    world.storage = "hangs";
    world.ask();
    await world.look(4);
    world.callOff();
    await world.look(3);
    expect(world.get("Role", "restore", NAMESPACE)).toBeDefined();
    const job = world.get("Job", `data-${world.mark()}`, NAMESPACE);
    world.put("Job", { ...job?.metadata, name: `data-${world.mark()}` }, { spec: job?.spec, status: { conditions: [{ type: "Complete", status: "True" }] } });
    await world.look(6);
    expect([world.get("Role", "restore", NAMESPACE), world.tables().length, world.data(), world.ready()]).toEqual([undefined, 4, "auth-data", undefined]);
    for (const name of world.tables().filter((each) => each.includes("-"))) {
      const table = world.get("Table", name, NAMESPACE);
      world.put("Table", { ...table?.metadata, name, annotations: { ...table?.metadata.annotations, [ANNOTATION.confirmDelete]: `uid-${name}` } }, { spec: table?.spec, status: table?.status });
    }
    await world.look(3);
    await world.time.advance(60_000);
    await world.look(2);
    expect(world.tables()).toEqual(["audit", "backend"]);
  });

  it("ends with its Job before its tables go: else it would make them again", async () => {
    world.storage = "hangs";
    world.ask();
    await world.look(4);
    const mark = world.mark();
    for (const name of [`backend-${mark}`, `audit-${mark}`]) {
      const table = world.get("Table", name, NAMESPACE);
      world.put("Table", { ...table?.metadata, name, annotations: { ...table?.metadata.annotations, [ANNOTATION.confirmDelete]: `uid-${name}` } }, { spec: table?.spec, status: table?.status });
    }
    await world.look(3);
    expect([world.get("Job", `data-${mark}`, NAMESPACE), world.tables().length, world.ready()?.reason]).toEqual([undefined, 4, "PreparationFailed"]);
    world.callOff();
    await world.time.advance(60_000);
    await world.look(2);
    expect(world.tables()).toEqual(["audit", "backend"]);
  });

  it("lets another one begin when its Job is done: AWS wants its role left alone until then", async () => {
    world.storage = "hangs";
    world.ask();
    await world.look(4);
    const before = world.policyOf("restore");
    world.ask("2");
    await world.look(4);
    expect([world.policyOf("restore"), world.tables().length]).toEqual([before, 4]);
  });
});

describe("restore points of tables", () => {
  it("say which tables they are of, and are restored from those", async () => {
    const first = world.point();
    const before = world.mark();
    await prepared();
    world.confirm();
    await world.look(15);
    world.put("MaintenanceWindow", { name: "tuesday", generation: 2 }, { spec: { schedule: "0 2 * * *", duration: "4h", timeZone: "UTC", tenantSelector: {} } });
    await world.time.advance(31 * 86_400_000); // a major is not tried again at once
    await world.look(30);
    await world.time.advance(600_000);
    await world.look(10);
    expect(world.status()).toMatchObject({ version: "18.1.0" });
    const list = world.get("ConfigMap", "restore-points", NAMESPACE)?.data ?? {};
    expect([list[first], list[world.point()]].map((text) => (JSON.parse(text ?? "{}") as { data?: string }).data)).toEqual([undefined, `data-${before}`]);
    const [preflight] = world.all("Job").filter(({ metadata, spec }) => metadata.name.startsWith("preflight-") && JSON.stringify(spec).includes(`auth-config-${before}`));
    expect(preflight).toBeDefined();
    world.ask("again", first);
    await world.look(6);
    const args = specAs<{ template: { spec: { containers: readonly { args: readonly string[] }[] } } }>(world.get("Job", `data-${before}-again`, NAMESPACE)).template?.spec.containers[0]?.args ?? [];
    expect(args).toContain(`${BASE}=${BASE}-restored-${before}-again`);
    world.ask();
    await world.look(6);
    expect(jobArgs()).toContain(`${BASE}-restored-${before}=${BASE}-restored-${world.mark()}`);
  });

  it("are worth nothing after 35 days, and nobody is offered one then", async () => {
    const confirmed = () => world.status().restorePoints?.map((each) => each.confirmed);
    await world.time.advance(34 * 86_400_000);
    await world.look(1);
    expect(confirmed()).toEqual([true]);
    await world.time.advance(86_400_000);
    await world.look(1);
    world.ask();
    await world.look(3);
    expect([confirmed(), world.ready()?.reason, world.tables()]).toEqual([[false], "RestorePointUnknown", ["audit", "backend"]]);
  });

  it("are worth nothing when their own tables cannot be brought back, and others are", async () => {
    await prepared();
    world.confirm();
    await world.look(15);
    world.refusals.set("Table backend", "somebody holds the field");
    switchRecovery(world, false, "backend");
    await world.look(2);
    expect([world.storageReady()?.reason, world.status().restorePoints]).toMatchObject(["Synced", [{ confirmed: false }]]);
    world.refusals.set(`Table backend-${world.mark()}`, "somebody holds the field");
    switchRecovery(world, false, `backend-${world.mark()}`);
    await world.look(2);
    expect(world.storageReady()?.reason).toBe("RecoveryOff");
  });
});

describe("the deletion of a tenant with restored tables", () => {
  async function confirmDeletion(meanwhile: () => void = () => undefined): Promise<void> {
    const { spec, status } = world.tenant();
    world.put("Tenant", { name: OWNER.name, deletionTimestamp: "2026-11-24T02:05:00Z", finalizers: [FINALIZER], annotations: { [ANNOTATION.confirmDelete]: OWNER.uid } }, { spec, status });
    for (let n = 0; n < 12; n += 1) {
      await world.reconcile("acme");
      runPods(world);
      runAck(world);
      meanwhile();
    }
  }

  it("takes all of them, former ones too", async () => {
    await prepared();
    world.confirm();
    await world.look(15);
    await confirmDeletion();
    await world.time.advance(60_000);
    for (let n = 0; n < 8; n += 1) await world.reconcile("acme");
    expect([world.tables(), world.all("Role"), world.get("Namespace", NAMESPACE)]).toEqual([[], [], undefined]);
  });

  it("ends a restore first, and lets ACK find or make what it may have begun, so that nothing is left in AWS", async () => {
    world.storage = "hangs";
    world.ask();
    await world.look(4);
    expect(world.get("Job", `data-${world.mark()}`, NAMESPACE)).toBeDefined();
    const { mark } = { mark: world.mark() };
    await confirmDeletion();
    expect([world.get("Job", `data-${mark}`, NAMESPACE), annotationsOf(`backend-${mark}`)["services.k8s.aws/adoption-policy"]]).toEqual([undefined, "adopt-or-create"]);
    await world.time.advance(60_000);
    for (let n = 0; n < 8; n += 1) await world.reconcile("acme");
    expect(world.tables()).toEqual([]);
  });

  it("waits for the pod of a restore before it lets any table go", async () => {
    world.storage = "hangs";
    world.ask();
    await world.look(4);
    const hangOn = () => world.put("Pod", { name: "restoring", namespace: NAMESPACE, labels: { ...ownerLabels(OWNER), "app.kubernetes.io/component": "restore-tables" } }, { spec: { containers: [] }, status: { phase: "Running" } });
    await confirmDeletion(hangOn);
    expect(world.all("Table").map(({ metadata }) => metadata.annotations?.["services.k8s.aws/deletion-policy"])).toEqual(["retain", "retain", "retain", "retain"]);
    await confirmDeletion();
    expect(world.all("Table").map(({ metadata }) => metadata.annotations?.["services.k8s.aws/deletion-policy"])).toEqual(["delete", "delete", "delete", "delete"]);
  });
});
