import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import type { Log } from "./failure.ts";
import { readJson } from "./files.ts";
import { takeLock } from "./lock.ts";
import { cacheRoot } from "./places.ts";

/** Something that is made once from its inputs and kept outside the repository. */
export type Recipe = {
  /** What it is, for people and as the start of its folder's name. */
  readonly kind: string;
  /** Everything that the result depends on: another input, another folder. */
  readonly inputs: readonly (string | Uint8Array)[];
  /** Makes the files in the given empty folder. */
  make(into: string): Promise<void>;
};

const MANIFEST = "complete.json";
/** Each file's size in bytes. */
const Sizes = z.record(z.string(), z.number());

/**
 * The folder with the recipe's result, made now if need be.
 * A result is used only if it is whole: it is made beside its place, listed with sizes, and renamed when complete.
 */
export async function cached(recipe: Recipe, log: Log): Promise<string> {
  const folder = folderOf(recipe);
  if (isWhole(folder)) return folder;
  mkdirSync(cacheRoot(), { recursive: true });
  const waiting = (pid: number) => log(`${recipe.kind}: process ${pid} is making it, waiting`);
  using _lock = await takeLock(`${folder}.lock`, waiting);
  if (isWhole(folder)) return folder;
  removeRemains(folder, recipe.kind, log);
  await makeWhole(recipe, folder);
  return folder;
}

/** Where the recipe's result is, or will be. */
export function folderOf(recipe: Recipe): string {
  const hash = createHash("sha256");
  // Lengths keep the inputs apart: ["ab", "c"] is not ["a", "bc"].
  for (const input of recipe.inputs) hash.update(`${input.length}:`).update(input);
  return join(cacheRoot(), `${recipe.kind}-${hash.digest("hex").slice(0, 16)}`);
}

async function makeWhole(recipe: Recipe, folder: string): Promise<void> {
  const beside = `${folder}.part-${process.pid}`;
  mkdirSync(beside);
  try {
    await recipe.make(beside);
    const sizes = Object.fromEntries(readdirSync(beside).map((file) => [file, statSync(join(beside, file)).size]));
    writeFileSync(join(beside, MANIFEST), JSON.stringify(sizes));
    renameSync(beside, folder);
  } finally {
    rmSync(beside, { recursive: true, force: true });
  }
}

/** Called with the lock held: whatever lies there unfinished belongs to nobody alive. */
function removeRemains(folder: string, kind: string, log: Log): void {
  const parts = readdirSync(cacheRoot()).map((file) => join(cacheRoot(), file));
  const remains = parts.filter((path) => path === folder || path.startsWith(`${folder}.part-`));
  for (const path of remains) {
    log(`${kind}: removing the half-written ${path}`);
    rmSync(path, { recursive: true, force: true });
  }
}

function isWhole(folder: string): boolean {
  const sizes = readJson(join(folder, MANIFEST), Sizes);
  if (sizes === undefined) return false;
  return Object.entries(sizes).every(([file, size]) => statSync(join(folder, file), { throwIfNoEntry: false })?.size === size);
}
