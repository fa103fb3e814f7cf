import { describe, expect, it } from "vitest";
import { findZone, type Zone } from "../../src/domain/window/zone.ts";
import { doingsOf } from "./deeds.ts";
import { instantOfLocal, localTime } from "./local-time.ts";
import { parseStory } from "./story-file.ts";
import { timelineOf } from "./telling/timeline.ts";

function zoneOf(name: string): Zone {
  const zone = findZone(name);
  if (zone === undefined) throw new Error(name);
  return zone;
}

const BERLIN = zoneOf("Europe/Berlin");
const storyOf = (...deeds: readonly string[]) => ["A title", "", "GIVEN one-tenant.yaml", "", "TIMELINE Europe/Berlin", "", "> Mon 2026-11-02 09:00  Slacktide is installed", ...deeds, "> Tue 2026-11-03 09:00  the story ends"].join("\n");

describe("a time in a story", () => {
  it.each([
    ["Tue 2026-11-24 03:00", "2026-11-24T02:00:00Z"],
    ["Sun 2026-10-25 02:30 +02:00", "2026-10-25T00:30:00Z"],
    ["Sun 2026-10-25 02:30 +01:00", "2026-10-25T01:30:00Z"],
    ["Sun 2026-10-25 03:00", "2026-10-25T02:00:00Z"],
    ["Sun 2027-03-28 03:30", "2027-03-28T01:30:00Z"],
  ])("%s is %s, and back", (text, iso) => {
    expect(new Date(instantOfLocal(text, BERLIN)).toISOString()).toBe(iso.replace("Z", ".000Z"));
    expect(localTime(Date.parse(iso), BERLIN)).toBe(text);
  });

  it("is cut to the minute", () => {
    expect(localTime(Date.parse("2026-11-24T02:00:59.999Z"), BERLIN)).toBe("Tue 2026-11-24 03:00");
  });

  it.each([
    ["Mon 2026-11-24 03:00", "that day is a Tue"],
    ["Sun 2027-03-28 02:30", "no clock in Europe/Berlin shows that time"],
    ["Tue 2026-11-24 03:00 +02:00", "no clock in Europe/Berlin shows that time"],
    ["2026-11-24 03:00", "is no time"],
  ])("%s is refused", (text, why) => {
    expect(() => instantOfLocal(text, BERLIN)).toThrow(why);
  });
});

describe("a story", () => {
  it("is its head, what is given, and what people do; what came of it is passed over", () => {
    const story = parseStory(storyOf("  Mon 2026-11-02 09:00  acme  is up", "> Mon 2026-11-02 10:00  the SRE on call deletes Freeze calm: it is over"));
    expect(story.head).toBe("A title\n\nGIVEN one-tenant.yaml\n\nTIMELINE Europe/Berlin");
    expect(story.given.map(({ kind, metadata }) => `${kind} ${metadata.name}`)).toEqual(["ReleaseChannel stable", "MaintenanceWindow tuesday-berlin", "Tenant acme"]);
    expect(story.deeds.map(({ text }) => text)).toEqual(["Slacktide is installed", "the SRE on call deletes Freeze calm: it is over", "the story ends"]);
  });

  it("changes what it shares with others as a JSON merge patch does", () => {
    const text = storyOf().replace("one-tenant.yaml", "one-tenant.yaml and\n  apiVersion: slacktide.dev/v1alpha1\n  kind: MaintenanceWindow\n  metadata: {name: tuesday-berlin}\n  spec: {duration: 30m}");
    expect(parseStory(text).given.find(({ kind }) => kind === "MaintenanceWindow")?.spec).toMatchObject({ schedule: "0 3 * * 2", duration: "30m" });
  });

  it.each([
    ["without a timeline", "A title", "a story needs a line"],
    ["in a zone that is none", storyOf().replace("Berlin", "Bärlin"), "no such time zone"],
    ["that does not end", storyOf().replace("the story ends", "nothing happens"), "ends with"],
    ["with a deed out of turn", storyOf("> Wed 2026-11-04 09:00  the SRE deletes Freeze calm"), "stands after what comes later"],
    ["with a line that is no deed", storyOf("> tomorrow something happens"), "is no deed"],
  ])("%s is refused", (_what, text, why) => {
    expect(() => parseStory(text)).toThrow(why);
  });
});

describe("a deed", () => {
  const actions = (text: string) => doingsOf({ text, manifests: [] }).map(({ action, during }) => ({ ...action, ...during }));

  it.each([
    ["the release manager publishes 17.2.2: it mends a slow login", { kind: "publish", version: "17.2.2", security: false }],
    ["the release manager publishes security release 17.2.3", { kind: "publish", version: "17.2.3", security: true }],
    ["the release manager withdraws 17.2.2: it loses sessions: all of them", { kind: "withdraw", version: "17.2.2", reason: "it loses sessions: all of them" }],
    ["the agents of acme run 17.2.1, 17.2.0 and 16.4.0", { kind: "agents", tenant: "acme", versions: ["17.2.1", "17.2.0", "16.4.0"] }],
    ["auth pods at 18.1.2 stop getting Ready", { kind: "break", what: "auth/18.1.2" }],
    ["Slacktide is killed when an upgrade comes to Auth", { kind: "crash", step: "Auth" }],
    ["the clock of Slacktide's node is set back by 24h", { kind: "setBack", ms: 86_400_000 }],
  ])("%s", (text, expected) => {
    expect(actions(text)).toMatchObject([expected]);
  });

  it("that nobody understands is refused", () => {
    expect(() => actions("the SRE on call has a coffee")).toThrow('nobody knows what to do for "the SRE on call has a coffee"');
  });
});

describe("a timeline", () => {
  const at = (iso: string) => Date.parse(`2026-11-24T${iso}Z`);

  it("speaks of several as of several", () => {
    const told = (text: string) => timelineOf(["acme", "globex"].map((about) => ({ at: 0, about, text })), () => "").flatMap(({ lines }) => lines.map((line) => line.trim().slice(18)));
    expect(["starts 18.1.2", "is stuck", "has templates", "goes on", "does not start", "17.2.2 waits"].flatMap(told)).toEqual(["start 18.1.2", "are stuck", "have templates", "go on", "do not start", "17.2.2 waits"]);
  });

  it("is told minute by minute, by whom it is about; those of whom the same is told share a line", () => {
    const happenings = [
      { at: at("02:02:20"), about: "globex", text: "runs 17.2.2" },
      { at: at("02:00:05"), about: "globex", text: "starts 17.2.1 → 17.2.2" },
      { at: at("02:00:03"), about: "acme", text: "starts 17.2.1 → 17.2.2" },
      { at: at("02:02:10"), about: "acme", text: "runs 17.2.2" },
      { at: at("02:02:59"), about: "acme", text: "17.2.3 (Patch) waits: AwaitingCut\nFrozen" },
    ];
    const lines = timelineOf(happenings, (instant) => localTime(instant, BERLIN)).flatMap((told) => told.lines);
    expect(lines).toEqual([
      "  Tue 2026-11-24 03:00  acme, globex      start 17.2.1 → 17.2.2",
      "  Tue 2026-11-24 03:02  acme              runs 17.2.2",
      "  Tue 2026-11-24 03:02  acme              17.2.3 (Patch) waits: AwaitingCut",
      `${" ".repeat(44)}Frozen`,
      "  Tue 2026-11-24 03:02  globex            runs 17.2.2",
    ]);
  });
});
