import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { RestoreError, restoreTables } from "../../../src/adapters/restore-tables.ts";
import { HOUR } from "../../../src/domain/time.ts";
import { FakeDynamo } from "../../fixtures/dynamo.ts";
import { at } from "../../fixtures/time.ts";
import { refusalOf } from "../cli/run.ts";

const AT = at("2026-11-24T02:05:12Z");
const PAIRS = [
  { source: "acme", target: "acme-restored" },
  { source: "acme-audit", target: "acme-audit-restored" },
];

let dynamo: FakeDynamo;
let endpoint: string;
let client: DynamoDBClient;

beforeEach(async () => {
  dynamo = new FakeDynamo({ earliest: AT - HOUR, latest: AT + HOUR });
  for (const { source } of PAIRS) dynamo.tables.set(source, { status: "ACTIVE", id: `id-${source}` });
  endpoint = await dynamo.start();
  client = new DynamoDBClient({ region: "us-west-2", endpoint, maxAttempts: 1, credentials: { accessKeyId: "test", secretAccessKey: "test" } });
});
afterEach(async () => {
  client.destroy();
  await dynamo.stop();
});

const restore = ({ patience = 0 } = {}) => restoreTables(PAIRS, { client, at: AT, paceMs: 1, patience });
const requests = () => dynamo.asked.filter((each) => each.startsWith("Restore")).sort();

describe("tables that are brought back", () => {
  it("are new ones as of the instant, and waited for until they can be used", async () => {
    expect(await restore()).toEqual(PAIRS.map((pair) => ({ ...pair, tableId: `id-${pair.target}` })));
    expect(requests()).toEqual(["RestoreTableToPointInTime acme-audit=acme-audit-restored 2026-11-24T02:05:12Z", "RestoreTableToPointInTime acme=acme-restored 2026-11-24T02:05:12Z"]);
    expect([...dynamo.tables.values()].map(({ status }) => status)).toEqual(["ACTIVE", "ACTIVE", "ACTIVE", "ACTIVE"]);
  });

  it("are asked for once, however often the work is begun again", async () => {
    await restore();
    await restore();
    expect(requests()).toHaveLength(2);
    // The answer to the first request was lost, and DynamoDB does not show the table yet.
    dynamo.errors.set("DescribeTable", ["ResourceNotFoundException"]);
    await restore();
    expect(dynamo.tables.size).toBe(4);
  });

  it("are waited for while AWS is busy or does not know the instant yet", async () => {
    dynamo.errors.set("RestoreTableToPointInTime", ["LimitExceededException", "InvalidRestoreTimeException"]);
    await restore();
    expect(requests()).toHaveLength(4);
  });

  it.each<[why: string, arrange: () => void, message: string]>([
    ["another table has the name", () => dynamo.tables.set("acme-restored", { status: "ACTIVE", id: "x" }), "is there and is not acme as of 2026-11-24T02:05:12Z"],
    ["it was restored from another one", () => dynamo.tables.set("acme-restored", { status: "ACTIVE", id: "x", restored: { source: "globex", at: AT } }), "is not acme as of"],
    ["it was restored to another instant", () => dynamo.tables.set("acme-restored", { status: "ACTIVE", id: "x", restored: { source: "acme", at: AT + 1_000 } }), "is not acme as of"],
    ["it is being deleted", () => dynamo.tables.set("acme-restored", { status: "DELETING", id: "x", restored: { source: "acme", at: AT } }), "table acme-restored is DELETING"],
    ["its source is gone", () => dynamo.tables.delete("acme"), "table acme is gone"],
    ["recovery is off", () => (dynamo.reach = undefined), "has no point-in-time recovery"],
    ["recovery was switched on later", () => (dynamo.reach = { earliest: AT + 60_000, latest: AT + HOUR }), "AWS has it from 2026-11-24T02:06:12Z on"],
  ])("are given up where %s", async (_why, arrange, message) => {
    arrange();
    const failure = await restore().catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(RestoreError);
    expect(String(failure)).toContain(message);
  });

  it("are given up where recovery went off after AWS refused the instant", async () => {
    dynamo.errors.set("RestoreTableToPointInTime", ["InvalidRestoreTimeException", "InvalidRestoreTimeException"]);
    dynamo.reach = undefined;
    await expect(restore()).rejects.toThrow("has no point-in-time recovery");
  });

  it("are waited for while AWS says anything else, such as a role that it does not know yet", async () => {
    dynamo.errors.set("DescribeTable", ["AccessDeniedException", "AccessDeniedException"]);
    dynamo.errors.set("RestoreTableToPointInTime", ["AccessDeniedException", "AccessDeniedException", "InternalServerError"]);
    expect(await restore({ patience: 4 }).then(({ length }) => length, String)).toBe(2);
  });

  it("are tried again another time where that goes on", async () => {
    dynamo.errors.set("DescribeTable", Array.from({ length: 6 }, () => "AccessDeniedException"));
    const failure = await restore({ patience: 2 }).catch((error: unknown) => error);
    expect(failure).toMatchObject({ name: "AccessDeniedException" });
    expect(failure).not.toBeInstanceOf(RestoreError);
    expect(dynamo.asked).toHaveLength(6);
  });

  it("are both asked for before it ends, whatever AWS says of one", async () => {
    dynamo.errors.set("DescribeTable", ["AccessDeniedException"]);
    await expect(restore()).rejects.toMatchObject({ name: "AccessDeniedException" });
    expect(requests()).toHaveLength(1);
  });

  it("are no longer looked at when one of them is hopeless: the process could not end", async () => {
    dynamo.tables.delete("acme");
    dynamo.tables.set("acme-audit-restored", { status: "UPDATING", id: "x", restored: { source: "acme-audit", at: AT } });
    await expect(restore({ patience: 100 })).rejects.toBeInstanceOf(RestoreError);
    const asked = dynamo.asked.length;
    await sleep(50);
    expect(dynamo.asked).toHaveLength(asked);
  });
});

describe("the command of the Job", () => {
  /** As its pod runs it: what it said, and its exit code. */
  async function runJob(): Promise<readonly [code: number, said: string]> {
    const folder = mkdtempSync(join(tmpdir(), "slacktide-restore-"));
    writeFileSync(join(folder, "token"), "of-the-pod");
    const args = ["restore-tables", "--region", "us-west-2", "--at", "2026-11-24T02:05:12Z", ...PAIRS.flatMap(({ source, target }) => ["--table", `${source}=${target}`])];
    const env = { PATH: process.env["PATH"], AWS_ENDPOINT_URL: endpoint, AWS_ROLE_ARN: "arn:aws:iam::123456789012:role/restore", AWS_WEB_IDENTITY_TOKEN_FILE: join(folder, "token"), AWS_REGION: "us-west-2" };
    const child = spawn(process.execPath, [join(import.meta.dirname, "../../../bin/slacktide.js"), ...args], { env, stdio: ["ignore", "pipe", "pipe"] });
    let said = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (data: Buffer) => (said += data.toString()));
    const [code] = (await once(child, "close")) as [number]; // its exit code
    rmSync(folder, { recursive: true });
    return [code, said];
  }

  it("takes on the role of its ServiceAccount, and prints one line of JSON", async () => {
    for (const { source, target } of PAIRS) dynamo.tables.set(target, { status: "ACTIVE", id: `id-${target}`, restored: { source, at: AT } });
    expect(await runJob()).toEqual([0, `${JSON.stringify({ at: "2026-11-24T02:05:12Z", tables: PAIRS.map((pair) => ({ ...pair, tableId: `id-${pair.target}` })) })}\n`]);
    expect(dynamo.asked[0]).toBe("AssumeRoleWithWebIdentity arn:aws:iam::123456789012:role/restore of-the-pod");
  });

  it("tells the Job by its exit code whether trying again is of use", async () => {
    dynamo.errors.set("DescribeTable", ["ValidationException", "ValidationException"]);
    expect((await runJob())[0]).toBe(1);
    dynamo.errors.clear();
    dynamo.reach = undefined;
    expect(await runJob()).toEqual([2, expect.stringMatching(/^slacktide: table acme(-audit)? has no point-in-time recovery: [^\n]*\n$/) as string]);
  });

  it.each(["acme", "acme=", "=b", "a=a", "a=b=c"])("refuses %s for a table and its new one", async (pair) => {
    expect(await refusalOf(["restore-tables", "--region", "us-west-2", "--at", "2026-11-24T02:05:12Z", "--table", pair])).toContain(`"${pair}" is not <source>=<target>`);
  });
});
