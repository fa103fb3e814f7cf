import { MINUTE, type Instant } from "../../../src/domain/time.ts";
import type { Happening } from "./happening.ts";
import type { InWords } from "./lanes.ts";

/** Lines of a timeline at an instant, ready to be printed. */
export interface Told {
  readonly at: Instant;
  readonly lines: readonly string[];
}

const INDENT = "  ";
/** Names longer than this stand out of their column. */
const NAME_WIDTH = 16;

/**
 * What happened, minute by minute. In a minute things are told in the order of whom they are about, and of one in the order in
 * which they came; several of whom the same is told share a line.
 */
export function timelineOf(happenings: readonly Happening[], inWords: InWords): readonly Told[] {
  const minutes = Map.groupBy(happenings, ({ at }) => Math.floor(at / MINUTE) * MINUTE);
  return [...minutes].sort(([a], [b]) => a - b).map(([at, all]) => ({ at, lines: minuteLines(all, inWords(at)) }));
}

function minuteLines(happenings: readonly Happening[], time: string): readonly string[] {
  const stories = [...Map.groupBy(happenings, ({ about }) => about)].map(([about, all]) => ({ about, texts: all.map(({ text }) => text) }));
  const shared = Map.groupBy(stories.sort((a, b) => (a.about < b.about ? -1 : 1)), ({ texts }) => texts.join("\u0000"));
  const told = [...shared.values()].flatMap((group) => (group[0]?.texts ?? []).map((text) => ({ names: group.map(({ about }) => about).join(", "), text: group.length === 1 ? text : ofSeveral(text) })));
  return told.flatMap(({ names, text }) => {
    const [first = "", ...rest] = text.split("\n");
    // Further lines stand under what is told, whoever it is told of.
    const under = " ".repeat(`${INDENT}${time}  `.length + NAME_WIDTH + 4);
    return [`${INDENT}${time}  ${names.padEnd(NAME_WIDTH)}  ${first}`, ...rest.map((line) => under + line)];
  });
}

const IRREGULAR: Readonly<Record<string, string>> = { is: "are", has: "have", goes: "go", does: "do" };

/** What is told of one, told of several: `starts` becomes `start`. */
function ofSeveral(text: string): string {
  const [verb = "", ...rest] = text.split(" ");
  return [IRREGULAR[verb] ?? verb.replace(/^([a-z]+)s$/, "$1"), ...rest].join(" ");
}
