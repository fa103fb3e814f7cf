import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { AgentUpdates } from "../../../../src/api/index.ts";
import { answerOf, lowestVersion, tellingOf, type TellingTerms } from "../../../../src/domain/agents/told.ts";
import { isNewer } from "../../../../src/domain/release/version.ts";
import { at } from "../../../fixtures/time.ts";
import { workload, workloadsAt } from "../../../fixtures/workloads.ts";

const HOUR: AgentUpdates["schedule"] = { utcStartHour: 5, weekdays: ["Tuesday"] };
const OTHER: AgentUpdates["schedule"] = { utcStartHour: 4, weekdays: ["Tuesday"] };

function terms(more: Partial<TellingTerms> = {}): TellingTerms {
  return { version: "17.2.1", lowest: "17.2.1", wanted: HOUR, published: HOUR, withdrawn: false, frozen: false, urgentUntil: undefined, ...more };
}

const CLOSES = "2026-11-24T06:00:00Z";
const told = ({ answer, version, criticalUntil, reason }: AgentUpdates) => [answer, version, criticalUntil, reason].filter((part) => part !== undefined).join(" ");

describe("agents are told", () => {
  it.each<[why: string, terms: Partial<TellingTerms>, expected: string]>([
    ["the version that the whole cluster runs", {}, "Version 17.2.1 Told"],
    ["not to wait, when it was a security upgrade and a window is open", { urgentUntil: at(CLOSES) }, `Version 17.2.1 ${CLOSES} Told`],
    ["nothing while nobody knows the version", { version: undefined }, "Unknown VersionUnknown"],
    ["nothing while it cannot be seen what runs", { lowest: undefined }, "Unknown VersionUnknown"],
    ["nothing above what runs, not even a patch", { lowest: "17.2.0" }, "Unknown ClusterBelow"],
    ["the cluster's own version where more runs already", { lowest: "18.0.0" }, "Version 17.2.1 Told"],
    ["to stay, if the release was withdrawn", { withdrawn: true }, "None ReleaseWithdrawn"],
    ["to stay, while a freeze covers the tenant", { frozen: true, published: undefined }, "None Frozen"],
    ["to stay, if no opening holds a whole hour", { wanted: undefined }, "None NoWholeHour"],
    ["nothing before the hour was published", { published: undefined }, "Unknown ScheduleNotPublished"],
    ["nothing while another hour is published: they would update in that one", { published: OTHER }, "Unknown ScheduleNotPublished"],
  ])("%s", (_why, more, expected) => {
    expect(told(tellingOf(terms(more)))).toBe(expected);
  });

  it("and it is shown which hour their cluster tells them, also an old one", () => {
    expect(tellingOf(terms({ published: OTHER })).schedule).toEqual(OTHER);
    expect(tellingOf(terms({ wanted: undefined })).schedule).toEqual(HOUR);
    expect(tellingOf(terms()).schedule).toEqual(HOUR);
  });
});

describe("the lowest version of a tenant's cluster", () => {
  it("counts pods that are ending, templates, and proxies that are leaving", () => {
    expect(lowestVersion(workloadsAt("17.2.3"))).toBe("17.2.3");
    expect(lowestVersion(workloadsAt("17.2.3", { home: { podVersions: ["17.2.3", "17.2.1"] } }))).toBe("17.2.1");
    expect(lowestVersion(workloadsAt("17.2.3", { abroad: { version: "17.2.2" } }))).toBe("17.2.2");
    expect(lowestVersion({ ...workloadsAt("17.2.3"), leaving: ["17.2.0"] })).toBe("17.2.0");
  });

  it("is not known without Auth, or where an image's tag is no version", () => {
    expect(lowestVersion(workloadsAt("17.2.3", { auth: { exists: false } }))).toBeUndefined();
    expect(lowestVersion(workloadsAt("17.2.3", { home: { podVersions: [undefined] } }))).toBeUndefined();
    const { version: _none, ...unread } = workload("proxy-us-west-2", "17.2.3");
    expect(lowestVersion({ ...workloadsAt("17.2.3"), proxies: [unread] })).toBeUndefined();
  });

  it("is Auth's where there are no proxies yet, and that of its template where it was switched off", () => {
    expect(lowestVersion(workloadsAt("17.2.3", { abroad: { exists: false }, home: { exists: false } }))).toBe("17.2.3");
    const off = { desired: 0, podVersions: [] };
    expect(lowestVersion(workloadsAt("17.2.3", { auth: off, abroad: off, home: off }))).toBe("17.2.3");
  });
});

describe("any replica answers", () => {
  const said: AgentUpdates = { answer: "Version", version: "17.2.1", reason: "Told" };
  it.each<[why: string, terms: Partial<Parameters<typeof answerOf>[0]>, expected: string]>([
    ["with a leading v", {}, "v17.2.1 no"],
    ["yes to critical", { said: { ...said, criticalUntil: CLOSES }, now: at(CLOSES) - 1 }, "v17.2.1 yes"],
    ["no to critical once the window is closed, though nobody has said so since", { said: { ...said, criticalUntil: CLOSES }, now: at(CLOSES) }, "v17.2.1 no"],
    ["no to critical if its end cannot be read", { said: { ...said, criticalUntil: "soon" } }, "v17.2.1 no"],
    ["none for a tenant that wants no updates, whatever was said before", { autoUpdate: false }, "none no"],
    ["none where agents are to stay", { said: { answer: "None", reason: "Frozen" } }, "none no"],
    ["nothing where nothing was said yet, or the status is lost", { said: undefined }, "503"],
    ["nothing where it was not sure", { said: { answer: "Unknown", reason: "ScheduleNotPublished" } }, "503"],
    ["nothing above what it sees running, whatever was said", { lowest: "17.2.0" }, "503"],
    ["nothing where it does not see what runs", { lowest: undefined }, "503"],
    ["nothing if the version got lost", { said: { answer: "Version", reason: "Told" } }, "503"],
  ])("%s", (_why, more, expected) => {
    const answer = answerOf({ autoUpdate: true, said, lowest: "17.2.1", now: at(CLOSES) - 1, ...more });
    expect(answer === undefined ? "503" : `${answer.version} ${answer.critical}`).toBe(expected);
  });

  it("never with a version above the cluster's, whatever the leader and its own caches say", () => {
    const version = fc.tuple(fc.integer({ min: 16, max: 18 }), fc.integer({ min: 0, max: 2 }), fc.integer({ min: 0, max: 2 })).map((parts) => parts.join("."));
    const maybe = fc.option(version, { nil: undefined });
    const isFine = (known: string | undefined, seen: string | undefined, lowest: string, frozen: boolean): boolean => {
      const answer = answerOf({ autoUpdate: true, said: tellingOf(terms({ version: known, lowest: seen, frozen })), lowest, now: at(CLOSES) });
      return answer === undefined || answer.version === "none" || !isNewer(answer.version, lowest);
    };
    expect(fc.check(fc.property(maybe, maybe, version, fc.boolean(), isFine)).counterexample).toBeNull();
  });
});
