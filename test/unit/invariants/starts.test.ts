import { describe, expect, it } from "vitest";
import { attempt, broken, inventory, NOW, OPERATOR, Story, type Attempt } from "./story.ts";

const PATCH = attempt();
const MAJOR = attempt({ id: "acme-18.1.0-a", class: "Major", to: "18.1.0", predictedEndAt: "2026-11-24T04:40:00Z" });
const night = (more: object) => ({ spec: { schedule: "0 3 * * 2", duration: "4h", timeZone: "UTC", tenantSelector: {}, ...more } });

const begin = (story: Story, of: Attempt) => broken(() => story.announce(of).deployment("auth", of.to, { attempt: of }));

describe("the first write of an attempt", () => {
  it("passes in an opening, announced, with a slot and in time", () => {
    expect(begin(new Story(), PATCH)).toBeUndefined();
    expect(begin(new Story(), MAJOR)).toBeUndefined();
  });

  it("of a major breaks B without a restore point of what it leaves, half an hour old at most", () => {
    const withPoint = (version: string, takenAt: string) => broken(() => new Story().restorePoint(version, takenAt).channel({ slots: [MAJOR.id], by: OPERATOR }).tenant({ by: OPERATOR, status: { upgrade: { ...MAJOR, step: "Auth" } } }).deployment("auth", MAJOR.to, { attempt: MAJOR }));
    expect([withPoint("17.2.1", "2026-11-24T03:30:00Z"), withPoint("17.2.1", "2026-11-24T03:29:59Z"), withPoint("17.2.0", NOW)]).toEqual([undefined, "B", "B"]);
  });

  it.each([
    ["after the close", "2026-11-24T07:00:00Z"],
    ["before the start", "2026-11-24T02:59:59Z"],
    ["on another day", "2026-11-25T04:00:00Z"],
  ])("breaks I1 %s", (_, at) => {
    const story = new Story().wait(3_600_000).setClock(at).wait(600_000);
    const late = attempt({ disruptiveAt: at, predictedEndAt: new Date(Date.parse(at) + 900_000).toISOString() });
    story.write(OPERATOR, "ConfigMap", "tenant-acme/auth-config", { labels: { "slacktide.dev/tenant": "acme", "slacktide.dev/tenant-uid": "uid-acme" } }).wait(600_000).setClock(at);
    expect(begin(story, late)).toBe("I1");
  });

  it("breaks I1 in a lane that the window does not allow", () => {
    const story = new Story().write("user", "MaintenanceWindow", "night", night({ lanes: ["Patch"] })).wait(200_000);
    expect(begin(story, MAJOR)).toBe("I1");
  });

  it("breaks I1 if no window binds the tenant", () => {
    const story = new Story().write("user", "MaintenanceWindow", "night", night({ tenantSelector: { matchLabels: { tier: "gold" } } })).wait(200_000);
    expect(begin(story, PATCH)).toBe("I1");
  });

  it("may rest on a window that was edited a moment ago, and not on one that was long ago", () => {
    const edit = (ms: number) => new Story().write("user", "MaintenanceWindow", "night", night({ schedule: "0 3 * * 3" })).wait(ms);
    expect(begin(edit(1_000), PATCH)).toBeUndefined();
    expect(begin(edit(200_000), PATCH)).toBe("I1");
  });

  it("is judged by the clock as it was before somebody set it just now", () => {
    const story = new Story().announce(PATCH).setClock("2026-11-24T09:00:00Z");
    expect(broken(() => story.deployment("auth", "17.2.3", { attempt: PATCH }))).toBeUndefined();
  });

  it("breaks I3 if it ends after the close", () => {
    expect(begin(new Story(), attempt({ predictedEndAt: "2026-11-24T07:00:01Z" }))).toBe("I3");
  });

  it("breaks I3 if it is predicted to end sooner, or later, than can be", () => {
    const until = (predictedEndAt: string) => begin(new Story(), attempt({ predictedEndAt }));
    expect(["03:59:00", "04:04:58", "04:05:00", "04:40:00", "04:40:02"].map((time) => until(`2026-11-24T${time}Z`))).toEqual(["I3", "I3", undefined, undefined, "I3"]);
  });

  it("breaks I3 if it was claimed in time and is announced when it no longer fits", () => {
    const story = new Story().setClock("2026-11-24T06:45:00Z");
    expect(begin(story, attempt({ disruptiveAt: "2026-11-24T06:45:00Z", predictedEndAt: "2026-11-24T07:05:00Z" }))).toBe("I3");
  });

  it("breaks I5 with a halted or a withdrawn release", () => {
    const halted = new Story().channel({ halts: [{ version: "17.2.3", failedCount: 1 }] }).wait(200_000);
    const keeps = { halts: [{ version: "17.2.3", failedCount: 1 }], slots: [PATCH.id], by: OPERATOR };
    expect(broken(() => halted.channel(keeps).wait(200_000).tenant({ by: OPERATOR, status: { upgrade: { ...PATCH, step: "Auth" } } }).deployment("auth", "17.2.3", { attempt: PATCH }))).toBe("I5");
    const withdrawn = { releases: [{ version: "v17.2.3", withdrawn: { reason: "x" } }], slots: [PATCH.id], by: OPERATOR };
    expect(broken(() => new Story().channel(withdrawn).wait(200_000).tenant({ by: OPERATOR, status: { upgrade: { ...PATCH, step: "Auth" } } }).deployment("auth", "17.2.3", { attempt: PATCH }))).toBe("I5");
  });

  it("breaks I2 without a slot, and I12 without an announcement", () => {
    expect(broken(() => new Story().tenant({ status: { upgrade: PATCH } }).deployment("auth", "17.2.3", { attempt: PATCH }))).toBe("I2");
    expect(broken(() => new Story().channel({ slots: [PATCH.id] }).deployment("auth", "17.2.3", { attempt: PATCH }))).toBe("I12");
  });

  it("breaks I12 a second time in the same opening, whatever the clock says by then", () => {
    const story = new Story().announce(PATCH).deployment("auth", "17.2.3", { attempt: PATCH });
    story.announce(PATCH, "RollBack").deployment("auth", "17.2.1", { attempt: PATCH }).tenant({}).channel({}).wait(60_000);
    const again = attempt({ id: "acme-17.2.3-b", disruptiveAt: "2026-11-24T03:58:00Z" });
    expect(begin(story.setClock("2026-11-24T03:58:00Z"), again)).toBe("I12");
  });

  it("of class Config goes to the version that runs, and of another class to another one", () => {
    const config = attempt({ class: "Config", to: "17.2.1" });
    expect(begin(new Story(), config)).toBeUndefined();
    expect([begin(new Story(), { ...config, to: "17.2.3" }), begin(new Story(), attempt({ to: "17.2.1" }))]).toEqual(["I7", "I7"]);
  });

  it("of class Config breaks I12 a second time in the same opening for the same pods", () => {
    const config = attempt({ class: "Config", to: "17.2.1" });
    const story = new Story().announce(config).deployment("auth", "17.2.1", { attempt: config }).tenant({}).channel({}).wait(60_000);
    expect(begin(story, { ...config, id: "acme-17.2.1-b" })).toBe("I12");
  });

  it("may come again in the next opening", () => {
    const story = new Story().announce(PATCH).deployment("auth", "17.2.3", { attempt: PATCH });
    story.announce(PATCH, "RollBack").deployment("auth", "17.2.1", { attempt: PATCH }).tenant({}).channel({}).wait(7 * 86_400_000);
    const again = { ...attempt({ id: "b", disruptiveAt: "2026-12-01T04:00:00Z", predictedEndAt: "2026-12-01T04:15:00Z" }), opening: { window: "night", opensAt: "2026-12-01T03:00:00Z", closesAt: "2026-12-01T07:00:00Z" } };
    expect(begin(story, again)).toBeUndefined();
  });

  it("breaks I13 as a major while an agent is behind, the inventory is gone, or one that was behind has not come back", () => {
    const read = (text: string | undefined) => new Story().write("user", "ConfigMap", "tenant-acme/agents", text === undefined ? undefined : { data: { "inventory.json": text } }).wait(300_000);
    expect(begin(read(inventory("16.4.0")), MAJOR)).toBe("I13");
    expect(begin(read(undefined), MAJOR)).toBe("I13");
    expect(begin(read("{"), MAJOR)).toBe("I13");
    const behind = [{ id: "agent-2", version: "16.4.0", lastSeenAt: "2026-11-23T04:00:00Z", hostname: "" }];
    const remembered = new Story().channel({ slots: [MAJOR.id], by: OPERATOR }).tenant({ status: { agents: { behind } } }).wait(200_000);
    expect(broken(() => remembered.tenant({ by: OPERATOR, status: { agents: { behind }, upgrade: MAJOR } }).deployment("auth", "18.1.0", { attempt: MAJOR }))).toBe("I13");
    expect(begin(read(inventory("16.4.0")), PATCH)).toBeUndefined();
  });

  it("may rest on an inventory that was right a minute ago", () => {
    const story = new Story().wait(600_000).write("user", "ConfigMap", "tenant-acme/agents", { data: { "inventory.json": inventory("16.4.0") } });
    expect(begin(story, { ...MAJOR, disruptiveAt: NOW })).toBeUndefined();
  });
});
