import type { Manifest } from "../../src/cli/manifests.ts";
import type { Instant } from "../../src/domain/time.ts";
import { findZone, type Zone } from "../../src/domain/window/zone.ts";
import type { Deed } from "./deeds.ts";
import { appliedInTurn, manifestsIn, sharedManifests } from "./given.ts";
import { instantOfLocal } from "./local-time.ts";

/** A story as its file tells it, without what is expected of it. */
export interface Story {
  /** Everything up to the timeline, word for word. */
  readonly head: string;
  readonly zone: Zone;
  readonly given: readonly Manifest[];
  /** In order of time; the first of them is that Slacktide is installed, the last that the story ends. */
  readonly deeds: readonly DatedDeed[];
}

export interface DatedDeed extends Deed {
  readonly at: Instant;
  /** Its lines, word for word. */
  readonly lines: readonly string[];
}

export const BEGIN = "Slacktide is installed";
export const END = "the story ends";

const TIMELINE = /^TIMELINE +(\S+)$/;
const DEED = /^> (\w{3} \d{4}-\d\d-\d\d \d\d:\d\d(?: [+-]\d\d:\d\d)?)  (\S.*)$/;

/** Reads a story; throws what is wrong with it, and in which line. */
export function parseStory(text: string): Story {
  const lines = text.split("\n");
  const start = lines.findIndex((line) => TIMELINE.test(line));
  if (start === -1) throw new Error('a story needs a line "TIMELINE Europe/Berlin"');
  const name = TIMELINE.exec(lines[start] ?? "")?.[1] ?? "";
  const zone = findZone(name);
  if (zone === undefined) throw new Error(`TIMELINE ${name}: no such time zone`);
  const deeds = deedsIn(lines.slice(start + 1), zone);
  if (deeds[0]?.text !== BEGIN || deeds.at(-1)?.text !== END) throw new Error(`a story begins with "${BEGIN}" and ends with "${END}"`);
  const early = deeds.find(({ at }, n) => at < (deeds[n - 1]?.at ?? at));
  if (early !== undefined) throw new Error(`"${early.text}" stands after what comes later`);
  return { head: lines.slice(0, start + 1).join("\n"), zone, given: givenIn(lines.slice(0, start)), deeds };
}

/** Under `GIVEN shared.yaml`, `GIVEN shared.yaml and` or `GIVEN` stand further manifests, two spaces in. */
function givenIn(lines: readonly string[]): readonly Manifest[] {
  const start = lines.findIndex((line) => /^GIVEN\b/.test(line));
  const [, file] = /^GIVEN(?: +(\S+\.yaml))?(?: and)?$/.exec(lines[start] ?? "") ?? [];
  const own = lines.slice(start + 1).map((line) => line.slice(2)).join("\n");
  return appliedInTurn([...(file === undefined ? [] : sharedManifests(file)), ...manifestsIn(own)]);
}

/** Lines of deeds begin with `>`; all others tell what came of them, and are written anew. */
function deedsIn(lines: readonly string[], zone: Zone): readonly DatedDeed[] {
  const blocks: string[][] = [];
  for (const line of lines.filter((each) => each.startsWith(">"))) {
    if (DEED.test(line)) blocks.push([line]);
    else if (!/^>(   |$)/.test(line) || blocks.length === 0) throw new Error(`"${line}" is no deed: write "> Tue 2026-11-24 03:00  who does what"`);
    else blocks.at(-1)?.push(line);
  }
  return blocks.map((block) => deedOf(block, zone));
}

function deedOf(lines: readonly string[], zone: Zone): DatedDeed {
  const [first = "", ...rest] = lines;
  const [, time = "", text = ""] = DEED.exec(first) ?? [];
  return { at: instantOfLocal(time, zone), text, manifests: manifestsIn(rest.map((line) => line.slice(4)).join("\n")), lines };
}
