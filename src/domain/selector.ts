/** Kubernetes label selectors, as windows, freezes and waves use them to choose tenants (design §2). */

export interface LabelSelectorRequirement {
  readonly key: string;
  readonly operator: "In" | "NotIn" | "Exists" | "DoesNotExist";
  readonly values?: readonly string[] | undefined;
}

export interface LabelSelector {
  readonly matchLabels?: Readonly<Record<string, string>> | undefined;
  readonly matchExpressions?: readonly LabelSelectorRequirement[] | undefined;
}

export type Labels = Readonly<Record<string, string>>;

/** The label that selectors see on every object with its name as value; nobody writes it (design §2). */
export const NAME_LABEL = "slacktide.dev/name";

/**
 * Whether the selector matches an object with these labels and this name. `{}` matches all; what an
 * absent selector means differs by kind (design §2), so that is the caller's to say.
 */
export function selects(selector: LabelSelector, labels: Labels | undefined, name: string): boolean {
  // A Map, because a plain object would also "have" the label `constructor`. The name goes in last: a forged label loses.
  const seen = new Map(Object.entries(labels ?? {})).set(NAME_LABEL, name);
  const wanted = Object.entries(selector.matchLabels ?? {});
  return (
    wanted.every(([key, value]) => seen.get(key) === value) &&
    (selector.matchExpressions ?? []).every((requirement) => isMet(requirement, seen))
  );
}

function isMet({ key, operator, values = [] }: LabelSelectorRequirement, seen: ReadonlyMap<string, string>): boolean {
  const value = seen.get(key);
  const exists = value !== undefined;
  const isListed = exists && values.includes(value);
  return { In: isListed, NotIn: !isListed, Exists: exists, DoesNotExist: !exists }[operator];
}
