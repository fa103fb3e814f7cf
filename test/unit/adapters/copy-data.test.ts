import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { checkData, copyData, CopyError } from "../../../src/adapters/copy-data.ts";
import { run } from "../cli/run.ts";

let folder: string;
let from: string;
let to: string;
let auth: DatabaseSync;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "slacktide-copy-"));
  [from, to] = [join(folder, "from"), join(folder, "to")];
  mkdirSync(join(from, "backend"), { recursive: true });
  mkdirSync(join(from, "log/records"), { recursive: true });
  auth = new DatabaseSync(join(from, "backend/sqlite.db"));
  auth.exec("CREATE TABLE kv (key TEXT PRIMARY KEY, value TEXT)");
  auth.exec("INSERT INTO kv VALUES ('first', 'a')");
  writeFileSync(join(from, "host_uuid"), "0f1e");
  writeFileSync(join(from, "log/records/one.tar"), "session");
});
afterEach(() => {
  auth.close();
  rmSync(folder, { recursive: true, force: true });
});

function keysIn(file: string): readonly unknown[] {
  const copy = new DatabaseSync(file, { readOnly: true });
  const keys = copy.prepare("SELECT key FROM kv ORDER BY key").all().map(({ key }) => key);
  copy.close();
  return keys;
}

describe("a copy of the data of an Auth that runs", () => {
  it("holds the database as of one moment, and every other file", async () => {
    expect(await copyData(from, to)).toEqual({ databases: 1, files: 2 });
    expect([keysIn(join(to, "backend/sqlite.db")), readFileSync(join(to, "host_uuid"), "utf8"), readFileSync(join(to, "log/records/one.tar"), "utf8")]).toEqual([["first"], "0f1e", "session"]);
  });

  it("holds what was committed and not what is being written", async () => {
    auth.exec("PRAGMA journal_mode = WAL");
    auth.exec("INSERT INTO kv VALUES ('committed', 'b')");
    auth.exec("BEGIN; INSERT INTO kv VALUES ('open', 'c')");
    await copyData(from, to);
    expect(readdirSync(join(to, "backend"))).toEqual(["sqlite.db"]);
    expect(keysIn(join(to, "backend/sqlite.db"))).toEqual(["committed", "first"]);
  });

  it("leaves the data as it is, and does not keep Auth from writing afterwards", async () => {
    const before = readFileSync(join(from, "backend/sqlite.db"));
    await copyData(from, to);
    expect(readFileSync(join(from, "backend/sqlite.db")).equals(before)).toBe(true);
    auth.exec("INSERT INTO kv VALUES ('later', 'd')");
    expect(keysIn(join(to, "backend/sqlite.db"))).toEqual(["first"]);
  });

  it("takes the place of one that was not finished", async () => {
    mkdirSync(join(to, "backend"), { recursive: true });
    writeFileSync(join(to, "backend/sqlite.db"), "");
    await copyData(from, to);
    expect(keysIn(join(to, "backend/sqlite.db"))).toEqual(["first"]);
  });

  it("is none of a database that is broken", async () => {
    const file = join(from, "proc.db");
    writeFileSync(file, Buffer.concat([readFileSync(join(from, "backend/sqlite.db")).subarray(0, 100), Buffer.alloc(8000, 7)]));
    await expect(copyData(from, to)).rejects.toThrow(CopyError);
    await expect(copyData(from, to)).rejects.toThrow(file);
  });

  it("is none of a database that can be read and is not whole", async () => {
    auth.exec("BEGIN");
    for (let n = 0; n < 2_000; n += 1) auth.exec(`INSERT INTO kv VALUES ('key-${n}', 'value')`);
    auth.exec("COMMIT");
    auth.close();
    const file = join(from, "backend/sqlite.db");
    const bytes = readFileSync(file);
    writeFileSync(file, bytes.fill(0xff, 3 * 4096, 4 * 4096));
    auth = new DatabaseSync(file);
    expect(await copyData(from, to).then(() => "copied", String)).toContain(`database ${file}: it is not whole`);
  });

  it("is none of a volume on which Auth keeps no state, nor of a file that cannot be read", async () => {
    await expect(copyData(join(from, "log"), to)).rejects.toThrow("it is not Auth's data");
    mkdirSync(join(to, "host_uuid"), { recursive: true });
    await expect(copyData(from, to)).rejects.toThrow("host_uuid");
  });

  it("passes over what the file system keeps for itself", async () => {
    mkdirSync(join(from, "lost+found"));
    chmodSync(join(from, "lost+found"), 0);
    await copyData(from, to);
    expect(existsSync(join(to, "lost+found"))).toBe(false);
  });

  it("is checked before Auth is given it, and mended where power was lost", async () => {
    await copyData(from, to);
    expect(await checkData(to)).toEqual({ databases: 1 });
    expect(await run(["check-data", "--in", to])).toMatchObject({ code: 0, out: "checked 1 databases\n" });
    await expect(checkData(join(to, "log"))).rejects.toThrow("it is not Auth's data");
    const file = join(to, "backend/sqlite.db");
    writeFileSync(file, readFileSync(file).fill(0xff, 100, 200));
    expect(await checkData(to).then(() => "whole", String)).toContain(`database ${file}`);
  });

  it("is made by a command, which fails where it cannot", async () => {
    expect(await run(["copy-data", "--from", from, "--to", to])).toMatchObject({ code: 0, out: "copied 1 databases and 2 other files\n" });
    expect(await run(["copy-data", "--from", join(folder, "none"), "--to", to])).toMatchObject({ code: 1 });
  });
});
