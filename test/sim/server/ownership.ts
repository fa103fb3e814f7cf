import { pathsOf } from "./field-sets.ts";
import { equal, isMap, type Fields, type Stored } from "./objects.ts";

interface Update {
  readonly manager: string;
  readonly before: Fields;
  readonly after: Fields;
}

/** Who said which fields of one object (metadata.managedFields). */
export class FieldOwners {
  readonly #sets = new Map<string, Set<string>>();
  /** Ordinary writes since the last apply: only an apply asks who owns what, and most objects never see one. */
  readonly #updates: Update[] = [];

  /** `gone` is what `manager` said before and says no more, and nobody else says; who says what is news in itself. */
  apply(manager: string, config: Fields): { readonly gone: ReadonlySet<string>; readonly isNews: boolean } {
    for (const update of this.#updates.splice(0)) this.#takeIn(update);
    const said = pathsOf(config);
    const before = this.#sets.get(manager) ?? new Set<string>();
    this.#sets.set(manager, said);
    const others = [...this.#sets].filter(([name]) => name !== manager).map(([, set]) => set);
    const dropped = [...before].filter((path) => !said.has(path));
    const isNews = dropped.length > 0 || before.size !== said.size;
    return { gone: new Set(dropped.filter((path) => !others.some((set) => set.has(path)))), isNews };
  }

  /** A conflict-free apply by force takes the fields that it changes from everybody else. */
  take(manager: string, before: Fields, after: Fields): void {
    // Mostly what changes belongs to nobody else: the status to a controller, the spec to people.
    const changed = Object.keys({ ...before, ...after }).filter((name) => !equal(before[name], after[name]));
    const others = [...this.#sets].filter(([name, set]) => name !== manager && changed.some((field) => hasAny(set, `/${field}`)));
    if (others.length === 0) return;
    const { all } = changedPaths(before, after);
    for (const [, set] of others) for (const path of all) set.delete(path);
  }

  /** An ordinary write: what it changes is from now on its writer's. */
  update(manager: string, before: Fields | undefined, after: Fields): void {
    this.#updates.push({ manager, before: before ?? {}, after });
  }

  #takeIn({ manager, before, after }: Update): void {
    const { all, kept } = changedPaths(before, after);
    for (const set of this.#sets.values()) for (const path of all) set.delete(path);
    const own = this.#sets.get(manager) ?? new Set<string>();
    for (const path of kept) own.add(path);
    this.#sets.set(manager, own);
  }
}

/** Whether any of the paths is this one, or under it. */
function hasAny(paths: ReadonlySet<string>, under: string): boolean {
  for (const path of paths) if (path.startsWith(under)) return true;
  return false;
}

/** The parts of an object that people and controllers own: not its identity, nor what the server counts. */
export function ownedPart({ metadata, apiVersion: _version, kind: _kind, ...rest }: Stored): Fields {
  const { labels, annotations, finalizers, ownerReferences } = metadata;
  return { ...rest, metadata: { ...(labels && { labels }), ...(annotations && { annotations }), ...(finalizers && { finalizers }), ...(ownerReferences && { ownerReferences }) } };
}

/** Paths at which the two differ; `kept` are those that `after` has. */
function changedPaths(before: Fields, after: Fields): { readonly all: readonly string[]; readonly kept: readonly string[] } {
  const [was, is] = [differing(before, after), differing(after, before)];
  return { all: [...new Set([...was, ...is])], kept: [...is] };
}

/** The paths of what `a` says otherwise than `b`; what they share is not walked. */
function differing(a: Fields, b: Fields, path = ""): Set<string> {
  const paths = new Set<string>();
  for (const name of Object.keys(a)) {
    const [mine, theirs] = [a[name], b[name]];
    if (equal(mine, theirs)) continue;
    const nested = isMap(mine) && isMap(theirs) ? differing(mine, theirs, `${path}/${name}`) : under(path, name, { mine, theirs });
    for (const each of nested) paths.add(each);
  }
  return paths;
}

/** Whole values that differ; of keyed lists the elements that are not the same. */
function under(path: string, name: string, { mine, theirs }: { mine: unknown; theirs: unknown }): ReadonlySet<string> {
  const known = theirs === undefined ? new Set<string>() : new Set(Array.isArray(theirs) ? pathsWithValues(name, theirs) : []);
  const all = Array.isArray(mine) ? pathsWithValues(name, mine) : [...pathsOf({ [name]: mine })];
  return new Set(all.filter((each) => !known.has(each)).map((each) => `${path}${each.split("=")[0] ?? ""}`));
}

/** The paths of a list with the JSON of each element, so that equal elements are told from changed ones. */
function pathsWithValues(name: string, list: readonly unknown[]): readonly string[] {
  return list.flatMap((element) => {
    const json = JSON.stringify(element).replaceAll("=", ":");
    return [...pathsOf({ [name]: [element] })].map((path) => `${path}=${json}`);
  });
}
