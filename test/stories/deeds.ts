import type { Manifest } from "../../src/cli/manifests.ts";
import { parseDuration } from "../../src/domain/time.ts";
import type { Action } from "../sim/actions.ts";
import { THE_LEADER, type PlannedAction } from "../sim/actions.ts";

/** What somebody does in a story. */
export interface Deed {
  /** As it is written, with who does it and why. */
  readonly text: string;
  /** Under it: what is applied. */
  readonly manifests: readonly Manifest[];
}

/** An action, and what of an upgrade it waits for. */
export type Doing = Pick<PlannedAction, "action" | "during">;

type Reader = (match: Groups, deed: Deed) => readonly Doing[];
type Groups = Readonly<Record<string, string>>;

const VERSION = String.raw`(?<version>\d+\.\d+\.\d+)`;
const STEP = "(?<step>Preflight|Auth|Proxy|Verify)";

/** Every sentence that a story can say, who does it first; what follows a colon is the reason. */
const SENTENCES: readonly (readonly [RegExp, Reader])[] = [
  [/^.+ appl(?:y|ies)$/, (_, { manifests }) => manifests.map((object) => ({ action: { kind: "apply", object } }))],
  [/^.+ deletes? (?<kind>[A-Z]\w+) (?<name>\S+)$/, ({ kind = "", name = "" }) => one({ kind: "remove", object: kind, name })],
  [pattern(`.+ publishes (?<security>security release )?${VERSION}`), ({ version = "", security }) => one({ kind: "publish", version, security: security !== undefined })],
  [pattern(`.+ withdraws ${VERSION}`), ({ version = "" }, { text }) => one({ kind: "withdraw", version, reason: reasonIn(text) })],
  [pattern("the agents of (?<tenant>\\S+) run (?<versions>.+)"), ({ tenant = "", versions = "" }) => one({ kind: "agents", tenant, versions: versions.split(/, | and /) })],
  [pattern("the agents of (?<tenant>\\S+) are gone"), ({ tenant = "" }) => one({ kind: "agents", tenant, versions: [] })],
  [pattern(`(?<component>auth|proxy|preflight) pods at ${VERSION} stop getting Ready`), ({ component = "", version = "" }) => one({ kind: "break", what: `${component}/${version}` })],
  [pattern(`(?<component>auth|proxy|preflight) pods at ${VERSION} get Ready again`), ({ component = "", version = "" }) => one({ kind: "mend", what: `${component}/${version}` })],
  [pattern(".+ suspends (?<tenant>\\S+)"), ({ tenant = "" }) => one({ kind: "suspend", tenant })],
  [pattern(".+ resumes (?<tenant>\\S+)"), ({ tenant = "" }) => one({ kind: "resume", tenant })],
  [pattern("Slacktide is killed"), () => one({ kind: "crash", replica: THE_LEADER, ms: 0 })],
  [pattern(`Slacktide is killed when an upgrade comes to ${STEP}`), (match) => [{ action: { kind: "crash", replica: THE_LEADER, ms: 0 }, during: { step: stepIn(match), afterMs: KILLED_AFTER_MS } }]],
  [pattern("Slacktide is upgraded to pod templates of revision (?<revision>\\d+)"), ({ revision = "" }) => one({ kind: "upgrade", templateRevision: Number(revision) })],
  [pattern("the clock of Slacktide's node is set back by (?<length>\\w+)"), ({ length = "" }) => one({ kind: "setBack", replica: THE_LEADER, ms: parseDuration(length) ?? 0 })],
  [pattern("the clock of Slacktide's node is set forward by (?<length>\\w+)"), ({ length = "" }) => one({ kind: "setForward", replica: THE_LEADER, ms: parseDuration(length) ?? 0 })],
];

/** In the middle of the step rather than at its edge. */
const KILLED_AFTER_MS = 700;

/** What a deed comes to; throws if no sentence reads like it. */
export function doingsOf(deed: Deed): readonly Doing[] {
  const [said = ""] = deed.text.split(": ");
  for (const [sentence, read] of SENTENCES) {
    const match = sentence.exec(said);
    if (match !== null) return read(match.groups ?? {}, deed);
  }
  throw new Error(`nobody knows what to do for "${said}": the sentences that a story can say are in test/stories/README.md`);
}

function one(action: Action): readonly Doing[] {
  return [{ action }];
}

function pattern(text: string): RegExp {
  return new RegExp(`^${text}$`);
}

function reasonIn(text: string): string {
  return text.split(": ").slice(1).join(": ");
}

function stepIn({ step }: Groups): NonNullable<Doing["during"]>["step"] {
  return step as NonNullable<Doing["during"]>["step"]; // the pattern names some of them
}
