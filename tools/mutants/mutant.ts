import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";

/** A seeded bug: a patch with a header of `Bug:`, `Caught-by:` and `Test:` lines. */
export interface Mutant {
  /** The patch's file name, without its ending. */
  readonly name: string;
  readonly path: string;
  /** What is wrong, in a sentence. */
  readonly bug: string;
  /** The test file that must catch it, relative to the project. */
  readonly file: string;
  /** Part of the full name of the test that must fail, such as `a lane > starts`. */
  readonly test: string;
}

/** The mutants of a folder, by name; with words only those whose name holds one of them. Throws on a header that lacks a line. */
export function readMutants(folder: string, words: readonly string[]): readonly Mutant[] {
  const files = readdirSync(folder).filter((file) => file.endsWith(".patch")).sort();
  const mutants = files.map((file) => readMutant(join(folder, file)));
  return mutants.filter(({ name }) => words.length === 0 || words.some((word) => name.includes(word)));
}

function readMutant(path: string): Mutant {
  const text = readFileSync(path, "utf8");
  const header = (key: string): string => {
    const value = text.match(new RegExp(`^${key}: (.+)$`, "m"))?.[1];
    if (value === undefined) throw new Error(`${path} has no line "${key}: …" at its head: add one`);
    return value;
  };
  return { name: basename(path, ".patch"), path, bug: header("Bug"), file: header("Caught-by"), test: header("Test") };
}
