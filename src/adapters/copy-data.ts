import { copyFileSync, existsSync, fsyncSync, mkdirSync, openSync, closeSync, readdirSync, readSync, rmSync, type Dirent } from "node:fs";
import { join } from "node:path";

/** The database without which a copy of Auth's data is none, below its directory. */
const STATE = "backend/sqlite.db";

/** Every SQLite database begins so. */
const SQLITE = "SQLite format 3\0";

/** What SQLite keeps beside a database while it is used; in a copy of the database all of it is taken in. */
const BESIDE = /-(wal|shm|journal)$/;

/** All pages in one go: between two steps a write of Auth would begin the copy anew, and Auth writes all the time. */
const ALL_PAGES = 2 ** 31 - 1;

/** Data that could not be copied whole; the message says which file and why. */
export class CopyError extends Error {
  override readonly name = "CopyError";
}

/**
 * Copies the data of an Auth that runs: each database by SQLite's own backup, as of one moment and without changing it, and checked
 * afterwards; every other file as it is. Auth's writes wait as long as a database is read, never longer. Throws CopyError, also if
 * there is no state to copy. What is in `to` from an attempt before is written over.
 */
export async function copyData(from: string, to: string): Promise<{ readonly databases: number; readonly files: number }> {
  if (!existsSync(join(from, STATE))) throw new CopyError(`copy ${from}: there is no ${STATE}, so it is not Auth's data`);
  const done = { databases: 0, files: 0 };
  await copyFolder({ from, to }, done);
  return done;
}

/** Checks the data that a volume was given: opens each database, which mends what a loss of power leaves, and has it checked. Throws CopyError. */
export async function checkData(folder: string): Promise<{ readonly databases: number }> {
  if (!existsSync(join(folder, STATE))) throw new CopyError(`check ${folder}: there is no ${STATE}, so it is not Auth's data`);
  return { databases: await checkFolder(folder) };
}

async function checkFolder(folder: string): Promise<number> {
  let databases = 0;
  for (const entry of entriesOf(folder)) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) databases += await checkFolder(path);
    if (!entry.isFile() || !isDatabase(path)) continue;
    await named(path, () => checkDatabase(path));
    databases += 1;
  }
  return databases;
}

interface Way {
  readonly from: string;
  readonly to: string;
}

async function copyFolder({ from, to }: Way, done: { databases: number; files: number }): Promise<void> {
  mkdirSync(to, { recursive: true });
  for (const entry of entriesOf(from)) {
    const way = { from: join(from, entry.name), to: join(to, entry.name) };
    if (entry.isDirectory()) await copyFolder(way, done);
    else if (entry.isFile() && isDatabase(way.from)) await copyDatabase(way).then(() => (done.databases += 1));
    else if (entry.isFile() && !isBeside(way.from)) done.files += Number(copyFile(way));
  }
}

/** In an order that is always the same. The file system's own folder is nobody's to read. */
function entriesOf(folder: string): readonly Dirent[] {
  return readdirSync(folder, { withFileTypes: true }).filter(({ name }) => name !== "lost+found").sort((a, b) => (a.name < b.name ? -1 : 1));
}

function isBeside(file: string): boolean {
  return BESIDE.test(file) && existsSync(file.replace(BESIDE, ""));
}

function isDatabase(file: string): boolean {
  const head = Buffer.alloc(SQLITE.length);
  const handle = openedIfThere(file);
  if (handle === undefined) return false;
  try {
    return readSync(handle, head, 0, head.length, 0) === head.length && head.toString("latin1") === SQLITE;
  } finally {
    closeSync(handle);
  }
}

async function copyDatabase({ from, to }: Way): Promise<void> {
  await named(from, async () => {
    const { backup, DatabaseSync } = await sqlite();
    const source = new DatabaseSync(from, { readOnly: true });
    try {
      await backup(source, to, { rate: ALL_PAGES });
    } finally {
      source.close();
    }
    await checkDatabase(to);
  });
  flush(to);
}

/** Opened to write as well: whoever closes a database last takes in what lies beside it. */
async function checkDatabase(file: string): Promise<void> {
  const { DatabaseSync } = await sqlite();
  const database = new DatabaseSync(file);
  try {
    const verdict = Object.values(database.prepare("PRAGMA integrity_check(1)").get() ?? {})[0];
    if (verdict !== "ok") throw new Error(`it is not whole: ${String(verdict)}`);
  } finally {
    database.close();
  }
}

/** Loaded only where it is needed: Node still says at every start that it is new. */
function sqlite() {
  return import("node:sqlite");
}

async function named(file: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    throw new CopyError(`database ${file}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

/** Whether it was still there: what Auth has done with meanwhile is not missed. */
function copyFile({ from, to }: Way): boolean {
  try {
    // What an attempt before has left may be as read-only as what it is a copy of.
    rmSync(to, { force: true });
    copyFileSync(from, to);
  } catch (error) {
    if (isGone(error)) return false;
    throw new CopyError(`copy ${from}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
  flush(to);
  return true;
}

/** Until then it is only in this machine's memory. */
function flush(file: string): void {
  const handle = openSync(file, "r"); // Teleport has files that nobody may write
  fsyncSync(handle);
  closeSync(handle);
}

function openedIfThere(file: string): number | undefined {
  try {
    return openSync(file, "r");
  } catch (error) {
    if (isGone(error)) return undefined;
    throw new CopyError(`copy ${file}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

function isGone(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}
