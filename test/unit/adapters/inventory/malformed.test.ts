import { describe, expect, it } from "vitest";
import { InventoryRows } from "../../../../src/adapters/inventory/rows.ts";
import { agentHolds, type LastRead } from "../../../../src/domain/agents/gate.ts";
import { InventoryTally, type Reading } from "../../../../src/domain/agents/inventory.ts";
import { AppError } from "../../../../src/reconcile/app-error.ts";
import { at } from "../../../fixtures/time.ts";
import { knowledge } from "../../../fixtures/view.ts";

const NOW = at("2026-11-24T02:00:00Z");
const KIB = 1024;

type Text = string | Iterable<string | Uint8Array>;

/** The reading of a text that comes in pieces of this many bytes, as gather takes it. */
async function read(text: Text, pieceBytes = 4_096): Promise<Reading> {
  const tally = new InventoryTally({ readAt: NOW });
  const rows = new InventoryRows((row) => tally.take(row));
  try {
    for (const part of typeof text === "string" ? [text] : text) {
      const bytes = Buffer.from(part);
      for (let from = 0; from < bytes.length; from += pieceBytes) await rows.write(bytes.subarray(from, from + pieceBytes));
    }
    rows.end();
    return tally.reading();
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return { kind: "unknown", message: error.message, unknownCount: 0, readAt: NOW };
  }
}

const agent = (name: unknown, spec: object = {}, more: object = {}) => ({ kind: "instance", version: "v1", metadata: { name }, spec: { version: "v17.2.1", services: ["Node"], ...spec }, ...more });
const listOf = (...rows: unknown[]): string => JSON.stringify(rows);
const GOOD = listOf(agent("a"), agent("b"));
const withVersion = (version: unknown): string => listOf(agent("a"), agent("b", { version }));

/** The same piece so many times, without ever holding them all. */
function* again(piece: string, times: number, before = "", after = ""): Generator<string | Uint8Array> {
  const bytes = Buffer.from(piece);
  yield before;
  for (let count = 0; count < times; count += 1) yield bytes;
  yield after;
}

function* countless(): Generator<string> {
  yield "[";
  for (let n = 0; n < 201; n += 1) yield Array.from({ length: 1_000 }, (_, index) => `{"metadata":{"name":"${n * 1_000 + index}"}},`).join("");
}

describe("an inventory that is not understood is unknown, and says why", () => {
  it.each<[what: string, text: Text, why: string]>([
    ["nothing", "", "the inventory is empty: not even a list without agents"],
    ["nothing but blanks", " \n\t ", "the inventory is empty: not even a list without agents"],
    ["2 GB of spaces", again(" ".repeat(64 * KIB), 32_768), "the inventory has more than 256 KiB in one row"],
    ["a list and 2 GB of spaces", again(" ".repeat(64 * KIB), 32_768, GOOD), "the inventory has more than 256 KiB in one row"],
    ["cut short between two agents", `${GOOD.slice(0, -1)},`, "the inventory is cut short: it ends in the middle of the list"],
    ["cut short in an agent", GOOD.slice(0, -20), "the inventory is cut short: it ends in the middle of the list"],
    ["cut short before its last bracket", GOOD.slice(0, -1), "the inventory is cut short: it ends in the middle of the list"],
    ["cut short in the word null", "nul", "the inventory is cut short: it ends in the middle of the list"],
    ["words of an error", "ERROR: access denied to role sesame", "the inventory is not JSON"],
    ["a page of HTML", "<!DOCTYPE html><html><body>502 Bad Gateway</body></html>", "the inventory is not JSON"],
    ["tctl's table for people", "Server ID   Hostname   Services\n---------   --------   --------\n", "the inventory is not JSON"],
    ["YAML", "- kind: instance\n  metadata: {name: a}\n", "the inventory is not JSON"],
    ["an object", '{"items":[]}', "the inventory is not a list"],
    ["a text", '"[]"', "the inventory is not a list"],
    ["a number", "17\n", "the inventory is not a list"],
    ["false", "false", "the inventory is not a list"],
    ["two lists", `${GOOD}\n${GOOD}`, "the inventory is not JSON"],
    ["a list and an error", `${GOOD}\nERROR: lost connection\n`, "the inventory is not JSON"],
    ["a byte order mark", `\ufeff${GOOD}`, "the inventory begins with a byte order mark: it has to be plain UTF-8"],
    ["UTF-16", [Buffer.from(`\ufeff${GOOD}`, "utf16le")], "the inventory begins with a byte order mark: it has to be plain UTF-8"],
    ["bytes that are no UTF-8", ['[{"metadata":{"name":"a', Buffer.from([0xff, 0xc3, 0x28]), '"}}]'], "the inventory is not JSON"],
    ["bare control characters", '[{"metadata":{"name":"a\u0007\u0000"}}]', "the inventory is not JSON"],
    ["NaN", GOOD.replace('"v17.2.1"', "NaN"), "the inventory is not JSON"],
    ["Infinity", GOOD.replace('"v17.2.1"', "-Infinity"), "the inventory is not JSON"],
    ["a comma too many", GOOD.replace("]}}]", "]}},]"), "the inventory is not JSON"],
    ["comments", `// agents\n${GOOD}`, "the inventory is not JSON"],
    ["quotes of the wrong kind", GOOD.replaceAll('"', "'"), "the inventory is not JSON"],
    ["agents in a list of their own", listOf([agent("a")]), "the inventory is not what tctl prints: Invalid input: expected object, received array"],
    ["names alone", listOf("a", "b"), "the inventory is not what tctl prints: Invalid input: expected object, received string"],
    ["a gap", listOf(agent("a"), null), "the inventory is not what tctl prints: Invalid input: expected object, received null"],
    ["rows of another schema", listOf({ id: "a", agentVersion: "17.2.1" }), "the inventory is not what tctl prints: metadata Invalid input: expected object, received undefined"],
    ["rows of another kind", listOf(agent("a", {}, { kind: "node" })), 'the inventory is not what tctl prints: kind Invalid input: expected "instance"'],
    ["an agent without a name", listOf({ kind: "instance", metadata: {}, spec: {} }), "the inventory is not what tctl prints: metadata.name Invalid input: expected string, received undefined"],
    ["a name that is a number", listOf(agent(6)), "the inventory is not what tctl prints: metadata.name Invalid input: expected string, received number"],
    ["a name that is empty", listOf(agent("")), "the inventory is not what tctl prints: metadata.name Too small: expected string to have >=1 characters"],
    ["a name of nothing that can be seen", listOf(agent("\u200b\u202e")), "the inventory has agents without a readable version"],
    ["a version that is a number", withVersion(17), "the inventory is not what tctl prints: spec.version Invalid input: expected string, received number"],
    ["a version that is null", withVersion(null), "the inventory is not what tctl prints: spec.version Invalid input: expected string, received null"],
    ["no version", withVersion(undefined), "the inventory has agents without a readable version"],
    ["a version that is none", withVersion("latest"), "the inventory has agents without a readable version"],
    ["a version of two parts", withVersion("v17.2"), "the inventory has agents without a readable version"],
    ["a version of a thousand digits", withVersion(`${"1".repeat(1_000)}.0.0`), "the inventory has agents without a readable version"],
    ["services that are a word", listOf(agent("a", { services: "Node" })), "the inventory is not what tctl prints: spec.services Invalid input: expected array, received string"],
    ["services without names", listOf(agent("a", { services: [null] })), "the inventory is not what tctl prints: spec.services Invalid input: expected string, received null"],
    ["an agent twice", listOf(agent("a"), agent("b"), agent("a", { version: "v16.0.0" })), "the inventory has several rows with the same id"],
    ["every major there could be", listOf(...Array.from({ length: 60 }, (_, major) => agent(`a${major}`, { version: `${major}.0.0` }))), "the inventory has agents of more than 50 majors"],
    ["lists in lists in lists", again("[", 100_000), "the inventory has lists and objects more than 32 deep in each other"],
    ["objects in objects in objects", again('{"a":', 100_000, '[{"metadata":'), "the inventory has lists and objects more than 32 deep in each other"],
    ["a row that is too long", listOf(agent("a"), agent("b", { control_log: ["x".repeat(300 * KIB)] })), "the inventory has more than 256 KiB in one row"],
    ["a word that never ends", again("x".repeat(64 * KIB), 32_768, '[{"metadata":{"name":"'), "the inventory has more than 256 KiB in one row"],
    ["a number that never ends", again("1".repeat(64 * KIB), 32_768, "["), "the inventory has more than 256 KiB in one row"],
    ["more rows than there are agents in the world", countless(), "the inventory has more than 200000 rows"],
  ])("%s", async (_what, text, why) => {
    const reading = await read(text);
    expect(reading).toMatchObject({ kind: "unknown", message: why });
    const lastRead: LastRead = { kind: "failed", message: why, askedAt: NOW };
    expect(agentHolds("acme", knowledge(lastRead), { currentMajor: 17, rememberForMs: 0, now: NOW })).toMatchObject([{ code: "InventoryUnknown", message: why }]);
  });

  it("whatever the pieces are that it comes in", async () => {
    for (const pieceBytes of [1, 2, 3, 7, 64]) {
      expect(await read(GOOD, pieceBytes)).toMatchObject({ kind: "complete", total: 2 });
      expect(await read(listOf(agent("a", { hostname: "ü😀" })), pieceBytes)).toMatchObject({ groups: [{ first: [{ hostname: "ü😀" }] }] });
      expect(await read(GOOD.slice(0, -1), pieceBytes)).toMatchObject({ kind: "unknown" });
    }
  });

  it("and every way of cutting a good one short", async () => {
    for (let length = 0; length < GOOD.length; length += 1) expect(await read(GOOD.slice(0, length))).toMatchObject({ kind: "unknown" });
    expect(await read(GOOD)).toMatchObject({ kind: "complete", total: 2 });
  });

  it("nor is the end waited for of one that is too long", async () => {
    const rows = new InventoryRows(() => undefined, { bytes: 10 * KIB, rows: 1_000, rowBytes: KIB, depth: 8 });
    rows.writeAtOnce(Buffer.from("["));
    const more = (n: number) => Buffer.from(`{"metadata":{"name":"${n}","labels":"${"x".repeat(900)}"}},`);
    expect(() => { for (let n = 0; n < 12; n += 1) rows.writeAtOnce(more(n)); }).toThrow("the inventory is longer than 10 KiB");
  });
});

it("a long inventory lets others have their turn", async () => {
  let turns = 0;
  const ticking = setInterval(() => (turns += 1), 0);
  const rows = Array.from({ length: 5_000 }, (_, n) => agent(`a${n}`, { control_log: ["x".repeat(500)] }));
  expect(await read(JSON.stringify(rows), 1e9)).toMatchObject({ kind: "complete", total: 5_000 });
  clearInterval(ticking);
  expect(turns).toBeGreaterThan(20);
});
