import { beforeEach, describe, expect, it } from "vitest";
import { specAs } from "../../../src/reconcile/shapes.ts";
import { runAck } from "../../fixtures/ack.ts";
import { NAMESPACE, TablesWorld } from "../../fixtures/restored-tables.ts";

const BASE = "slacktide-acme-uidacme";

let world: TablesWorld;

beforeEach(async () => {
  world = new TablesWorld();
  await world.start();
});

/** A restore whose Job is at work and has asked AWS for both tables. */
async function askedFor(): Promise<void> {
  world.storage = "hangs";
  world.ask();
  await world.look(4);
  world.hasAckRun = false;
  for (const kind of ["backend", "audit"] as const) aws(kind, "CREATING", true);
}

/** What ACK tells of a table of the restore. */
function aws(kind: "backend" | "audit", tableStatus: string, restoreInProgress: boolean): void {
  const name = `${kind}-${world.mark()}`;
  const table = world.get("Table", name, NAMESPACE);
  const sourceTableARN = `arn:aws:dynamodb:us-west-2:123456789012:table/${BASE}${kind === "audit" ? "-audit" : ""}`;
  const restoreDateTime = world.status().restorePoints?.find((each) => each.name === world.point())?.takenAt;
  const status = { conditions: [{ type: "ACK.ResourceSynced", status: "True" }], tableStatus, latestStreamARN: "arn:of-its-stream", restoreSummary: { sourceTableARN, restoreDateTime, restoreInProgress } };
  world.put("Table", { ...table?.metadata, name }, { spec: { ...specAs(table), continuousBackups: { pointInTimeRecoveryEnabled: true } }, status });
}

function endJob(type: "Failed" | "Complete", name = `data-${world.mark()}`): void {
  const job = world.get("Job", name, NAMESPACE);
  world.put("Job", { ...job?.metadata, name }, { spec: job?.spec, status: { conditions: [{ type, status: "True" }] } });
}

const role = () => world.get("Role", "restore", NAMESPACE);

describe("a restore of tables whose Job failed", () => {
  it("keeps its role while AWS is still at it, and not longer", async () => {
    await askedFor();
    endJob("Failed");
    await world.look(3);
    expect([world.ready()?.reason, role() !== undefined]).toEqual(["PreparationFailed", true]);
    aws("backend", "ACTIVE", false);
    aws("audit", "ACTIVE", true);
    await world.look(3);
    expect(role()).toBeDefined();
    aws("audit", "ACTIVE", false);
    await world.look(3);
    expect(role()).toBeUndefined();
  });

  it("never offers its tables, whatever ACK says of them later", async () => {
    await askedFor();
    endJob("Failed");
    await world.look(3);
    for (const kind of ["backend", "audit"] as const) aws(kind, "ACTIVE", false);
    await world.look(3);
    expect(world.ready()).toMatchObject({ status: "False", reason: "PreparationFailed" });
  });

  it("keeps its role as it is from another restore that is asked for meanwhile", async () => {
    await askedFor();
    endJob("Failed");
    world.ask("2");
    const before = world.policyOf("restore");
    await world.look(4);
    expect([world.policyOf("restore"), world.tables().length]).toEqual([before, 4]);
    expect(world.ready()).toMatchObject({ reason: "Preparing", message: expect.stringContaining(`waits until tables data-${world.mark()} are brought back`) as string });
    for (const kind of ["backend", "audit"] as const) aws(kind, "ACTIVE", false);
    await world.look(3);
    expect([world.policyOf("restore").includes(`${world.mark()}-2`), world.tables().length]).toEqual([true, 6]);
  });

  it("goes on where somebody had confirmed it before", async () => {
    world.ask();
    await world.look(6);
    world.confirm();
    endJob("Failed");
    await world.look(15);
    expect(world.data()).toBe(`data-${world.mark()}`);
  });
});

describe("a restore of tables whose role AWS refuses", () => {
  it("says so, begins nothing, and goes on by itself when that is mended", async () => {
    world.ask();
    world.hasAckRun = false;
    await world.look(3);
    expect(world.ready()?.reason).toBe("Preparing");
    runAck(world, "Refused", ({ kind, metadata }) => kind === "Role" && metadata.name === "restore");
    await world.look(3);
    expect(world.ready()).toMatchObject({ status: "False", reason: "PreparationFailed", message: expect.stringContaining("AWS refuses Role restore") as string });
    expect([role() !== undefined, world.get("Job", `data-${world.mark()}`, NAMESPACE)]).toEqual([true, undefined]);
    world.hasAckRun = true;
    await world.look(6);
    expect(world.ready()?.reason).toBe("ConfirmationNeeded");
  });
});

describe("a restore of tables whose Job somebody took away", () => {
  it("has failed while its tables are not whole, and keeps its role meanwhile", async () => {
    await askedFor();
    world.drop("Job", { name: `data-${world.mark()}`, namespace: NAMESPACE });
    await world.look(3);
    expect([world.ready()?.reason, role() !== undefined, world.get("Job", `data-${world.mark()}`, NAMESPACE)]).toEqual(["PreparationFailed", true, undefined]);
  });

  it("offers tables that are whole", async () => {
    world.ask();
    await world.look(6);
    expect(world.ready()?.reason).toBe("ConfirmationNeeded");
    world.drop("Job", { name: `data-${world.mark()}`, namespace: NAMESPACE });
    await world.look(3);
    expect(world.ready()?.reason).toBe("ConfirmationNeeded");
  });
});

describe("a restore whose tables are being deleted", () => {
  it("says so, also when one of them is gone already", async () => {
    await askedFor();
    const name = `backend-${world.mark()}`;
    const table = world.get("Table", name, NAMESPACE);
    world.put("Table", { ...table?.metadata, name, deletionTimestamp: "2026-11-24T02:05:00Z" }, { spec: table?.spec, status: table?.status });
    world.drop("Table", { name: `audit-${world.mark()}`, namespace: NAMESPACE });
    await world.look(2);
    expect(world.ready()).toMatchObject({ reason: "PreparationFailed", message: expect.stringContaining("are being deleted") as string });
  });
});
