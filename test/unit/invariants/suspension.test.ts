import { describe, expect, it } from "vitest";
import { InvariantMonitor } from "../../invariants/monitor.ts";
import { PLATFORM } from "../../fixtures/tenant.ts";
import { attempt, broken, LABELS, OPERATOR, Story } from "./story.ts";

const PATCH = attempt();
/** Longer than any version of the world is remembered. */
const LONG = 3_600_000;

const sized = (story: Story, name: string, replicas: number) => story.write(OPERATOR, "Deployment", `tenant-acme/${name}`, { labels: LABELS, spec: { replicas, template: { spec: { containers: [{ image: "registry.example/teleport:17.2.1" }] } } } });
const suspended = () => new Story().tenant({ spec: { suspend: true } }).wait(LONG).tenant({ spec: { suspend: true } });

describe("a tenant is switched off (S)", () => {
  it("because somebody asked for it", () => {
    expect(broken(() => sized(new Story(), "proxy-us-west-2", 0))).toBe("S");
    expect(broken(() => sized(sized(suspended(), "proxy-us-west-2", 0).wait(LONG), "auth", 0))).toBeUndefined();
  });

  it("proxies first", () => {
    expect(broken(() => sized(suspended(), "auth", 0))).toBe("S");
  });

  it("and on again, Auth first", () => {
    const off = () => sized(sized(suspended(), "proxy-us-west-2", 0).wait(LONG), "auth", 0).wait(LONG).tenant({}).wait(LONG).tenant({});
    expect(broken(() => sized(off(), "proxy-us-west-2", 1))).toBe("S");
    expect(broken(() => sized(sized(off(), "auth", 1), "proxy-us-west-2", 1))).toBeUndefined();
  });

  it("and no attempt begins then", () => {
    const story = suspended().announce(PATCH).tenant({ spec: { suspend: true }, status: { upgrade: { ...PATCH, step: "Auth" } } }).wait(LONG).tenant({ spec: { suspend: true } });
    expect(broken(() => story.deployment("auth", "17.2.3", { attempt: PATCH }))).toBe("S");
  });
});

describe("an attempt that has written", () => {
  it("is not told of as if nothing had changed (I10)", () => {
    const history = (result: string) => ({ history: [{ id: PATCH.id, class: "Patch", from: "17.2.1", to: "17.2.3", result, claimedAt: PATCH.claimedAt, finishedAt: PATCH.disruptiveAt }] });
    const written = () => new Story().announce(PATCH).deployment("auth", "17.2.3", { attempt: PATCH });
    expect(broken(() => written().tenant({ by: OPERATOR, status: history("Aborted") }))).toBe("I10");
    expect(broken(() => written().tenant({ by: OPERATOR, status: history("RolledBack") }))).toBeUndefined();
    expect(broken(() => new Story().announce(PATCH).tenant({ by: OPERATOR, status: history("Aborted") }))).toBeUndefined();
  });
});

describe("a replica that begins anew in a world at rest (I8)", () => {
  it("says that it leads, and nothing else", () => {
    const monitor = new InvariantMonitor({ platform: PLATFORM });
    monitor.expectSameDecisions();
    const event = (reason: string) => ({ apiVersion: "events.k8s.io/v1", kind: "Event", metadata: { name: reason, namespace: "default" }, reason });
    const write = { at: 0, by: OPERATOR, kind: "Event", key: "default/e", before: undefined };
    expect(broken(() => monitor.see({ ...write, after: event("LeaderElected") }))).toBeUndefined();
    expect(broken(() => monitor.see({ ...write, after: event("Upgraded") }))).toBe("I8");
  });
});
