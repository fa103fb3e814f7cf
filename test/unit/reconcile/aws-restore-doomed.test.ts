import { beforeEach, describe, expect, it } from "vitest";
import { ANNOTATION } from "../../../src/api/index.ts";
import { NAMESPACE, TablesWorld } from "../../fixtures/restored-tables.ts";

let world: TablesWorld;

beforeEach(async () => {
  world = new TablesWorld();
  await world.start();
});

/** Says of Auth's first table that it may go, or takes that back. */
function annotate(word: string | undefined): void {
  const table = world.get("Table", "backend", NAMESPACE);
  const { [ANNOTATION.confirmDelete]: _before, ...others } = table?.metadata.annotations ?? {};
  world.put("Table", { ...table?.metadata, name: "backend", annotations: { ...others, ...(word !== undefined && { [ANNOTATION.confirmDelete]: word }) } }, { spec: table?.spec, status: table?.status });
}

describe("a table that Auth uses and of which somebody has confirmed that it goes", () => {
  it("does not go with a restore: nothing is switched before that is taken back", async () => {
    annotate("uid-backend");
    world.ask();
    await world.look(6);
    expect(world.ready()).toMatchObject({ status: "False", reason: "DeletionConfirmed", message: expect.stringContaining("Auth uses backend") as string });
    world.confirm();
    await world.look(15);
    await world.time.advance(60_000);
    await world.look(3);
    expect([world.data(), world.tables()]).toEqual(["auth-data", ["audit", `audit-${world.mark()}`, "backend", `backend-${world.mark()}`]]);
    annotate(undefined);
    await world.look(15);
    expect([world.data(), world.tables().length]).toEqual([`data-${world.mark()}`, 4]);
  });

  it("calls a restore off that is being switched to", async () => {
    world.ask();
    await world.look(6);
    world.confirm();
    await world.look(2);
    expect(world.looks.at(-1)).not.toContain("proxy");
    annotate("uid-backend");
    await world.look(15);
    await world.time.advance(60_000);
    await world.look(3);
    expect([world.ready()?.reason, world.looks.at(-1), world.tables().length]).toEqual(["DeletionConfirmed", "auth 18.1.0 on auth-data, proxy-us-west-2 18.1.0", 4]);
  });
});
