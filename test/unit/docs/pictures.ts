import { parseDuration, type Instant } from "../../../src/domain/time.ts";
import { at } from "../../fixtures/time.ts";
import type { Block } from "./pages.ts";

/** A stretch that a picture shows as a bar. */
export interface Bar {
  readonly from: Instant;
  /** The first instant after it; of one that ends with `]` the last of it, of one with `>` where the picture ends. */
  readonly until: Instant;
  readonly end: ")" | "]" | ">";
  /** An instant that is marked in it. */
  readonly mark?: Instant;
}

export interface Row {
  readonly label: string;
  /** Words of the axis, each at the instant of its first letter. */
  readonly words: readonly { readonly text: string; readonly at: Instant }[];
  readonly bars: readonly Bar[];
}

/** A timeline: `from` is the instant of the first word of the row `UTC`, and each column lasts as long as the next. */
export interface Picture {
  readonly settings: Readonly<Record<string, string>>;
  readonly line: number;
  readonly columnMs: number;
  readonly from: Instant;
  readonly rows: readonly Row[];
  /** The instants of all columns, from the first to the last that anything is drawn at. */
  readonly instants: readonly Instant[];
}

/** Reads a drawing; throws if its bars are not drawn well. */
export function pictureOf({ settings, lines, line }: Block): Picture {
  const from = at(settings["from"]?.replace("Z", ":00Z") ?? "");
  const columnMs = parseDuration(settings["column"] ?? "") ?? Number.NaN;
  const axis = (lines.find((each) => each.startsWith("UTC ")) ?? "").search(/(?<=UTC +)\S/);
  if (axis < 0 || Number.isNaN(columnMs)) throw new Error(`the picture at line ${line} has no axis`);
  const instantAt = (column: number) => from + (column - axis) * columnMs;
  const rows = lines.flatMap((each): readonly Row[] => {
    const label = each.slice(0, axis).trim();
    return label === "" ? [] : [{ label, words: wordsIn(each, axis, instantAt), bars: barsIn(each, axis, instantAt) }];
  });
  const last = Math.max(...rows.flatMap(({ words, bars }) => [...words.map((word) => word.at), ...bars.map(({ until }) => until)]));
  return { settings, line, columnMs, from, rows, instants: Array.from({ length: (last - from) / columnMs + 1 }, (_, column) => from + column * columnMs) };
}

type InstantAt = (column: number) => Instant;

function wordsIn(line: string, axis: number, instantAt: InstantAt): Row["words"] {
  return [...line.slice(axis).matchAll(/[\w:^]+/g)].map((match) => ({ text: match[0], at: instantAt(axis + match.index) }));
}

function barsIn(line: string, axis: number, instantAt: InstantAt): readonly Bar[] {
  const bars: Bar[] = [];
  let open: { from: Instant; mark?: Instant } | undefined;
  for (let column = axis; column < line.length; column += 1) {
    const sign = line[column] ?? "";
    const now = instantAt(column);
    if (open !== undefined && "[)]>".includes(sign)) {
      bars.push({ ...open, until: now, end: endOf(sign) });
      open = undefined;
    }
    if (sign === "[") open = { from: now };
    else if (open !== undefined && sign === "*") open.mark = now;
    else if (open !== undefined ? sign !== "=" : !/[\s\w:^)\]>]/.test(sign)) throw new Error(`a bar is broken at "${sign}" in: ${line}`);
  }
  if (open !== undefined) throw new Error(`a bar has no end in: ${line}`);
  return bars;
}

/** A bar that touches the next ends where that begins. */
function endOf(sign: string): Bar["end"] {
  return sign === "]" || sign === ">" ? sign : ")";
}

/** The stretches of a picture's columns in which something holds, as bars would show them. */
export function stretchesWhere({ instants, columnMs }: Picture, holds: (instant: Instant) => boolean): readonly { readonly first: Instant; readonly last: Instant }[] {
  const stretches: { first: Instant; last: Instant }[] = [];
  for (const instant of instants.filter(holds)) {
    const current = stretches.at(-1);
    if (current !== undefined && current.last + columnMs === instant) current.last = instant;
    else stretches.push({ first: instant, last: instant });
  }
  return stretches;
}
