import { normalised, endStateOf, keyIn, type EndState } from "./end-state.ts";
import type { Names, World } from "../world.ts";

/** How often each object was created and deleted, by its name in every run. */
export type Counts = ReadonlyMap<string, string>;

/** What became of one run. */
export interface Ending {
  readonly state: EndState;
  readonly counts: Counts;
}

/** `abroad`: what there is of it in the cluster of another region. */
export function endingOf(world: World, abroad?: World): Ending {
  const names = world.namesInOrder();
  const home = endingIn(world, names);
  if (abroad === undefined) return home;
  const there = endingIn(abroad, names);
  return { state: new Map([...home.state, ...abroadIn(there.state)]), counts: new Map([...home.counts, ...abroadIn(there.counts)]) };
}

function endingIn(world: World, names: Names): Ending {
  const state = [...endStateOf(world, names)].map(([path, value]): [string, string] => [normalised(path, names), normalised(value, names)]);
  return { state: new Map(state), counts: countsOf(world, names) };
}

function abroadIn(map: ReadonlyMap<string, string>): readonly [string, string][] {
  return [...map].map(([path, value]) => [`abroad: ${path}`, value]);
}

function countsOf(world: World, names: Names): Counts {
  const counts = new Map<string, { created: number; deleted: number }>();
  for (const { before, after } of world.record) {
    const object = after ?? before;
    if (object === undefined || (before !== undefined && after !== undefined)) continue;
    const key = keyIn(names, object);
    const entry = counts.get(key) ?? { created: 0, deleted: 0 };
    counts.set(key, { created: entry.created + (before === undefined ? 1 : 0), deleted: entry.deleted + (after === undefined ? 1 : 0) });
  }
  return new Map([...counts].map(([key, { created, deleted }]) => [key, `${created} created, ${deleted} deleted`]));
}

/** The undisturbed runs of a scenario: what they have in common must be so in every other run. */
export class Reference {
  readonly #first: Ending;
  /** Paths whose value is not the same in every undisturbed run. */
  readonly masked: ReadonlySet<string>;

  constructor(endings: readonly Ending[]) {
    const [first] = endings;
    if (first === undefined) throw new Error("learn from reference runs: there are none");
    this.#first = first;
    this.masked = new Set(endings.slice(1).flatMap((ending) => [...differences(first.state, ending.state), ...differences(first.counts, ending.counts)].map(({ path }) => path)));
  }

  /** How another run's ending differs, in words. */
  differencesOf(ending: Ending): readonly string[] {
    const found = [...differences(this.#first.counts, ending.counts), ...differences(this.#first.state, ending.state)];
    return found.filter(({ path }) => !this.masked.has(path)).map(({ path, was, is }) => `${path}: ${is ?? "(absent)"} instead of ${was ?? "(absent)"}`);
  }
}

interface Difference {
  readonly path: string;
  readonly was: string | undefined;
  readonly is: string | undefined;
}

function differences(was: ReadonlyMap<string, string>, is: ReadonlyMap<string, string>): readonly Difference[] {
  const paths = new Set([...was.keys(), ...is.keys()]);
  return [...paths].filter((path) => was.get(path) !== is.get(path)).map((path) => ({ path, was: was.get(path), is: is.get(path) }));
}
