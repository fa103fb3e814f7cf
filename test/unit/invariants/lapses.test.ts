import { describe, expect, it } from "vitest";
import { ANNOTATION } from "../../../src/api/index.ts";
import { attempt, broken, LABELS, NOW, OPERATOR, Story, UID } from "./story.ts";

const DAY = 86_400_000;
const LAPSED = { subscription: { lapsedAt: "2026-01-01T00:00:00Z", retention: "168h" } };
const later = (ms: number) => new Date(Date.parse(NOW) + ms).toISOString();

/** A tenant that lapsed at the beginning of the story, so long ago. */
const lapsed = (ms: number, spec: object = {}) => new Story().tenant({ spec: { ...LAPSED, ...spec } }).wait(ms);
const begin = (story: Story, at: number, spec: object = LAPSED) => story.tenant({ by: OPERATOR, spec: { ...spec }, status: { lapse: { observedAt: NOW, purgeStartedAt: later(at) } } });
const remove = (story: Story) => story.write(OPERATOR, "Namespace", "tenant-acme", { labels: LABELS, deletionTimestamp: NOW });

describe("the data of a lapsed tenant (I16)", () => {
  it("goes after a week, once status has said so", () => {
    expect(broken(() => remove(begin(lapsed(7 * DAY), 7 * DAY)))).toBeUndefined();
    expect(broken(() => remove(lapsed(30 * DAY)))).toBe("I16");
    expect(broken(() => begin(lapsed(6.9 * DAY), 6.9 * DAY))).toBe("I16");
  });

  it("does not go earlier because the lapse was backdated, or its date moved", () => {
    const moved = lapsed(6 * DAY).tenant({ spec: { subscription: { lapsedAt: later(5 * DAY), retention: "168h" } } }).wait(2 * DAY);
    expect(broken(() => begin(moved, 8 * DAY, { subscription: { lapsedAt: later(5 * DAY), retention: "168h" } }))).toBe("I16");
  });

  it("does not go while the subscription runs, and the week begins anew when it lapses again", () => {
    const renewed = () => lapsed(8 * DAY).tenant({ spec: {}, status: {} });
    expect(broken(() => begin(renewed(), 8 * DAY, {}))).toBe("I16");
    expect(broken(() => begin(renewed().wait(DAY).tenant({ spec: LAPSED }), 9 * DAY))).toBe("I16");
  });

  it("may go by a status that somebody restored, if the namespace records as much", () => {
    const restored = (story: Story) => story.tenant({ spec: LAPSED, status: { lapse: { observedAt: later(-7 * DAY) } } }).wait(60_000);
    const recorded = (iso: string) => new Story().write("user", "Namespace", "tenant-acme", { labels: LABELS, annotations: { [ANNOTATION.lapseObservedAt]: iso } });
    expect(broken(() => begin(restored(new Story()), 60_000))).toBe("I16");
    expect(broken(() => begin(restored(recorded(later(-6 * DAY))), 60_000))).toBe("I16");
    expect(broken(() => begin(restored(recorded(later(-7 * DAY))), 60_000))).toBeUndefined();
  });

  it("does not go by a clock that was set, when controllers remove the volume", () => {
    const story = begin(lapsed(DAY).setClock(later(9 * DAY)), 9 * DAY).setClock(later(DAY));
    const volume = () => story.write(OPERATOR, "PersistentVolumeClaim", "tenant-acme/auth-data", { labels: LABELS }).write("cluster", "PersistentVolumeClaim", "tenant-acme/auth-data", undefined);
    expect(broken(volume)).toBe("I16");
  });

  it("leaves a Tenant that may go without being confirmed, and is never made anew", () => {
    const purged = () => remove(begin(lapsed(7 * DAY), 7 * DAY)).write("cluster", "Namespace", "tenant-acme", undefined).tenant({ by: OPERATOR, spec: LAPSED, status: { lapse: { observedAt: NOW, purgeStartedAt: later(7 * DAY), purgedAt: later(7 * DAY) } } }).wait(DAY);
    expect(broken(() => purged().write(OPERATOR, "Tenant", "acme", undefined))).toBeUndefined();
    expect(broken(() => new Story().write(OPERATOR, "Tenant", "acme", undefined))).toBe("I16");
    expect(broken(() => purged().tenant({ spec: {}, status: { lapse: { purgedAt: later(7 * DAY) } } }).wait(DAY).tenant({ by: OPERATOR, spec: {}, status: { lapse: { purgedAt: later(7 * DAY) } } }).write(OPERATOR, "Namespace", "tenant-acme", { labels: LABELS }))).toBe("I15");
  });

  it("goes with a confirmed deletion all the same", () => {
    const confirmed = new Story().tenant({ deletionTimestamp: NOW, annotations: { [ANNOTATION.confirmDelete]: UID } });
    expect(broken(() => remove(confirmed))).toBeUndefined();
  });

  it("is not upgraded any more (S)", () => {
    const upgrade = attempt();
    const announced = () => lapsed(3_600_000).announce(upgrade).tenant({ spec: LAPSED, status: { upgrade: { ...upgrade, step: "Auth" } } }).wait(3_600_000).tenant({ spec: LAPSED });
    expect(broken(() => announced().deployment("auth", "17.2.3", { attempt: upgrade }))).toBe("S");
  });
});

it("no more deletions begin in a day than the platform allows (I16)", () => {
  const story = new Story();
  const names = Array.from({ length: 21 }, (_, n) => `t-${n}`);
  const write = (name: string, by: string, lapse: object) => story.write(by, "Tenant", name, { uid: `uid-${name}`, spec: { domain: `${name}.teleport.example`, ...LAPSED }, status: { lapse } });
  for (const name of names) write(name, "user", {});
  story.wait(8 * DAY);
  const beginOne = (name: string) => write(name, OPERATOR, { observedAt: NOW, purgeStartedAt: later(8 * DAY) });
  expect(broken(() => { for (const name of names.slice(0, 20)) beginOne(name); })).toBeUndefined();
  expect(broken(() => beginOne("t-20"))).toBe("I16");
});
