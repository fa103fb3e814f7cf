import { describe, expect, it } from "vitest";
import { decideLanes } from "../../../src/domain/tenant/decide.ts";
import { DAY, isoOf } from "../../../src/domain/time.ts";
import { openingAt } from "../../../src/domain/window/opening.ts";
import { at } from "../../fixtures/time.ts";
import { run } from "../cli/run.ts";
import { actionAt, barOf, channels, claimOf, freezes, tenantOf, tenantView, windows } from "./drawn-world.ts";
import { readPage, wordsOf } from "./pages.ts";
import { pictureOf, stretchesWhere, type Bar, type Picture, type Row } from "./pictures.ts";

const page = readPage("docs/concepts/windows.md");
const pictures = page.blocks.filter(({ language }) => language === "text").map(pictureOf);

describe("the page about windows", () => {
  it("has a picture each for both changes of offset, merging, its end, freezes, pauses, the close and the pin", () => {
    expect(pictures.map(({ settings }) => Object.keys(settings).join(" "))).toEqual([
      "from column zone",
      "from column zone",
      "from column windows",
      "from column windows",
      "from column tenant",
      "from column tenant",
      "from column tenant claim",
      "from column tenant",
    ]);
  });

  it.each(consoles())("shows what $command prints", async ({ command, shown }) => {
    const { code, out } = await run(wordsOf(command).slice(1));
    expect(code).toBe(0);
    const said = out.trimEnd().split("\n");
    const kept = shown.filter((line) => line !== "...");
    expect(shown.includes("...") ? inOrder(kept, said) : said).toEqual(kept);
  });

  it("repeats an attempt that wrote nothing in the next opening, although nothing closed in between", () => {
    const view = { ...tenantView("globex", at("2026-11-24T02:30:00Z")), maxMajor: 17, history: [{ class: "Patch", to: "17.2.4", succeeded: false, failed: true, finishedAt: at("2026-11-24T02:00:00Z") } as const] };
    const codes = (instant: string) => decideLanes(view, at(instant)).patch.holds.map(({ code }) => code);
    expect([codes("2026-11-24T02:59:59Z"), codes("2026-11-24T03:00:00Z")]).toEqual([["RetryNextOpening"], []]);
  });
});

describe.each(pictures.map((picture) => ({ picture, line: picture.line, from: isoOf(picture.from) })))("the picture at line $line, from $from", ({ picture }) => {
  it.each(picture.rows.map((row) => ({ row, label: row.label })))("$label", ({ row }) => {
    const judge = judgeOf(row.label, picture);
    expect(judge, `nobody judges the row "${row.label}"`).toBeDefined();
    judge?.(row, picture);
  });
});

type Judge = (row: Row, picture: Picture) => void;

/** Who knows what a row shows: by its label, as the page has it. */
function judgeOf(label: string, { settings }: Picture): Judge | undefined {
  if (label === "UTC") return judgeAxis("UTC");
  if (settings["zone"]?.endsWith(`/${label}`) === true) return judgeAxis(settings["zone"]);
  if (windows.has(label)) return judgeWindow;
  if (freezes.has(label)) return judgeFreeze;
  if (label.startsWith("at ")) return judgeDecision;
  if (label.startsWith("target ")) return judgeTarget;
  return OTHERS[label];
}

const OTHERS: Readonly<Record<string, Judge>> = {
  "patch cut": judgeCut,
  "patch may start": judgeMayStart("patch"),
  "major may start": judgeMayStart("major"),
  "first write": judgeFirstWrite,
  paused: judgePause,
  Preflight: judgePreflight,
  "Auth is rolled": judgeWork,
  "Proxy is rolled": judgeWork,
};

/** Every word is the time, or the weekday at midnight, of its column. */
function judgeAxis(timeZone: string): Judge {
  const format = new Intl.DateTimeFormat("en-GB", { timeZone, weekday: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  return ({ words }) => {
    expect(words.length).toBeGreaterThan(5);
    for (const { text, at: instant } of words) {
      const [day, time] = format.format(instant).split(" ");
      expect(text.includes(":") ? time : `${day ?? ""} ${time ?? ""}`).toBe(text.includes(":") ? text : `${text} 00:00`);
    }
  };
}

/** The bars are all of the window's openings that begin in the picture. */
function judgeWindow({ label, bars }: Row, { instants }: Picture): void {
  const window = windows.get(label);
  const [first = 0, last = 0] = [instants[0], instants.at(-1)];
  const expected = window?.startsBetween(first, last).map((start) => [isoOf(start), isoOf(start + window.durationMs)]);
  expect(bars.map((bar) => [isoOf(bar.from), isoOf(bar.end === ">" ? bar.from + (window?.durationMs ?? 0) : bar.until)])).toEqual(expected);
  expect(bars.filter(({ end, until }) => end !== ")" && until !== last)).toEqual([]);
}

function judgeFreeze({ label, bars }: Row): void {
  const freeze = freezes.get(label);
  expect(bars.map(shownBar)).toEqual([`${isoOf(freeze?.from ?? 0)} ${isoOf(freeze?.until ?? 0)} )`]);
}

/** The bar is the opening that a decision at the marked instant belongs to, which is the one that the label says. */
function judgeDecision({ label, bars }: Row, { settings, from }: Picture): void {
  const [bar] = bars;
  const [, day, time = ""] = /^at (?:(\w{3}) )?(\d\d:\d\d)$/.exec(label) ?? [];
  const midnight = Math.floor(from / DAY) * DAY;
  const days = Array.from({ length: 7 }, (_, index) => midnight + index * DAY).filter((each) => day === undefined || new Date(each).toUTCString().startsWith(day));
  const instant = at(`${isoOf(days[0] ?? 0).slice(0, 10)}T${time}:00Z`);
  const opening = openingAt((settings["windows"] ?? "").split(",").flatMap((name) => windows.get(name) ?? []), instant);
  expect(bars).toEqual([{ from: opening?.opensAt, until: opening?.closesAt, end: ")", mark: instant }]);
  expect(bar?.mark).toBe(instant);
}

const CLOSED = new Set(["OutsideWindow", "WindowTooShort", "Frozen"]);

/** The bars are the columns at which neither windows nor freezes hold the lane. */
function judgeMayStart(lane: "patch" | "major"): Judge {
  return ({ bars }, picture) => {
    const stretches = stretchesWhere(picture, (now) => !decideLanes(tenantOf(picture, now), now)[lane].holds.some(({ code }) => CLOSED.has(code)));
    expect(bars.map(shownBar)).toEqual(stretches.map(({ first, last }) => `${isoOf(first)} ${isoOf(last)} ]`));
  };
}

/** The bar is the time in which the lane has that target. */
function judgeTarget({ label, bars }: Row, picture: Picture): void {
  const [stretch] = stretchesWhere(picture, (now) => decideLanes(tenantOf(picture, now), now).patch.target === label.slice("target ".length));
  const [bar] = bars;
  const isLast = stretch?.last === picture.instants.at(-1);
  expect([bar?.from, bar?.until, bar?.end]).toEqual([stretch?.first, isLast ? stretch?.last : (stretch?.last ?? 0) + picture.columnMs, isLast ? ">" : ")"]);
}

function judgeCut({ words }: Row, { from }: Picture): void {
  expect(words.map(({ text, at: instant }) => `${text} ${isoOf(instant)}`)).toEqual(channels.map(({ patch }) => `^ ${isoOf(patch.cut.firstFrom(from) ?? 0)}`));
}

/** The bar is the time in which the attempt, claimed at the picture's instant, passes every gate once more. */
function judgeFirstWrite({ bars }: Row, picture: Picture): void {
  const [stretch] = stretchesWhere(picture, (now) => now >= claimOf(picture) && actionAt(picture, now, "old") === "announce");
  expect(bars.map(shownBar)).toEqual([`${isoOf(stretch?.first ?? 0)} ${isoOf((stretch?.last ?? 0) + picture.columnMs)} )`]);
}

/** It begins with the claim and ends when the first write is made, which the gates let pass. */
function judgePreflight({ bars }: Row, picture: Picture): void {
  const [bar] = bars;
  const [auth, allowed] = [barOf(picture, "Auth is rolled"), barOf(picture, "first write")];
  expect([bar?.from, bar?.until]).toEqual([claimOf(picture), auth?.from]);
  expect(Number(bar?.until) >= Number(allowed?.from) && Number(bar?.until) < Number(allowed?.until)).toBe(true);
  expect(decideLanes(tenantOf(picture, claimOf(picture)), claimOf(picture)).major.holds).toEqual([]);
}

/** While a workload is rolled the attempt waits for it, whatever the windows and the freezes say. */
function judgeWork({ label, bars }: Row, picture: Picture): void {
  const [bar] = bars;
  const state = label.startsWith("Auth") ? "rolling Auth" : "rolling Proxy";
  const inside = picture.instants.filter((now) => now > (bar?.from ?? 0) && now < (bar?.until ?? 0));
  expect(inside.length).toBeGreaterThan(2);
  expect(new Set(inside.map((now) => actionAt(picture, now, state)))).toEqual(new Set(["wait"]));
  if (label.startsWith("Auth")) return;
  const before = barOf(picture, "paused") ?? barOf(picture, "Auth is rolled");
  expect(bar?.from).toBe(before?.until);
  expect(actionAt(picture, bar?.from ?? 0, "between")).not.toBe("pause");
  // The picture of the close is about what goes past it.
  if (picture.settings["claim"] !== undefined) expect(bar?.until).toBeGreaterThan(barOf(picture, "night")?.until ?? Number.NaN);
}

/** The bar is the time, after Auth has come to rest, in which the attempt is held. */
function judgePause({ bars }: Row, picture: Picture): void {
  const [auth, proxy] = [barOf(picture, "Auth is rolled"), barOf(picture, "Proxy is rolled")];
  const [stretch] = stretchesWhere(picture, (now) => now >= (auth?.until ?? 0) && actionAt(picture, now, "between") === "pause");
  expect(bars.map(shownBar)).toEqual([`${isoOf(stretch?.first ?? 0)} ${isoOf(proxy?.from ?? 0)} )`]);
  expect((stretch?.last ?? 0) + picture.columnMs).toBe(proxy?.from);
}

function shownBar({ from, until, end }: Bar): string {
  return `${isoOf(from)} ${isoOf(until)} ${end}`;
}

/** The commands of the page, each with the lines that it shows of what they print. */
function consoles(): readonly { readonly command: string; readonly shown: readonly string[] }[] {
  const lines = page.blocks.filter(({ language }) => language === "console").flatMap((block) => block.lines);
  const found: { command: string; shown: string[] }[] = [];
  for (const line of lines) {
    if (line.startsWith("$ ")) found.push({ command: line.slice(2), shown: [] });
    else found.at(-1)?.shown.push(line);
  }
  return found;
}

/** Those of the wanted lines that are found one after the other. */
function inOrder(wanted: readonly string[], lines: readonly string[]): readonly string[] {
  let from = 0;
  return wanted.filter((line) => {
    const index = lines.indexOf(line, from);
    if (index >= 0) from = index + 1;
    return index >= 0;
  });
}
