import { describe, expect, it } from "vitest";
import { ANNOTATION } from "../../../src/api/index.ts";
import { attempt, broken, LABELS, NOW, OPERATOR, Story, UID } from "./story.ts";

const PATCH = attempt();
const MAJOR = attempt({ id: "acme-18.1.0-a", class: "Major", to: "18.1.0", predictedEndAt: "2026-11-24T04:40:00Z" });

it("what upgrades took changes with the slots that are freed, once each (I17)", () => {
  const took = (...seconds: readonly number[]) => ({ patch: { fromClaim: { seconds }, fromDisruption: { seconds } } });
  const later = (slots: readonly string[], ...seconds: readonly number[]) => broken(() => new Story().channel({ slots: ["acme-a"], durations: took(500) }).channel({ slots, durations: took(...seconds), by: OPERATOR }));
  expect([later([], 500, 600), later([], 500), later(["acme-a"], 500)]).toEqual([undefined, undefined, undefined]);
  expect([later(["acme-a"], 500, 600), later([], 500, 600, 600), later(["acme-a"])]).toEqual(["I17", "I17", "I17"]);
  expect(broken(() => new Story().channel({ durations: took(500, 600), by: OPERATOR })), "learned anew").toBeUndefined();
});

describe("slots (I2)", () => {
  it("may be as many as maxParallel, stuck ones aside", () => {
    expect(broken(() => new Story().channel({ slots: ["acme-a"], by: OPERATOR }))).toBeUndefined();
    expect(broken(() => new Story().channel({ slots: ["acme-a", "globex-a"], by: OPERATOR }))).toBe("I2");
    const stuck = new Story().channel({ slots: ["acme-a"], by: OPERATOR }).tenant({ status: { upgrade: { id: "acme-a", stuckSince: "2026-11-24T03:30:00Z" } } });
    expect(broken(() => stuck.channel({ slots: ["acme-a", "globex-a"], by: OPERATOR }))).toBeUndefined();
  });

  it("may stay when maxParallel goes down, and count percentages of tenants", () => {
    const story = new Story().channel({ slots: ["acme-a", "globex-a"] });
    expect(broken(() => story.channel({ slots: ["acme-a", "globex-a"], by: OPERATOR }))).toBeUndefined();
    const half = new Story().channel({ rollout: { maxParallel: "50%" } });
    expect(broken(() => half.channel({ rollout: { maxParallel: "50%" }, slots: ["acme-a"], by: OPERATOR }))).toBeUndefined();
    expect(broken(() => half.channel({ rollout: { maxParallel: "50%" }, slots: ["acme-a", "globex-a"], by: OPERATOR }))).toBe("I2");
  });

  it("are given back to attempts that run when the ledger was lost", () => {
    const story = new Story().tenant({ status: { upgrade: { id: "acme-a" } } }).channel({ slots: ["globex-a"] });
    expect(broken(() => story.channel({ slots: ["globex-a", "acme-a"], by: OPERATOR }))).toBeUndefined();
  });

  it("are one for each tenant", () => {
    const two = { rollout: { maxParallel: 5 }, by: OPERATOR };
    expect(broken(() => new Story().channel(two).channel({ ...two, slots: ["acme-a", "acme-b"] }))).toBe("I2");
  });
});

describe("pod templates (I1, I7, I12)", () => {
  it("change for no reason but an attempt", () => {
    expect(broken(() => new Story().deployment("auth", "17.2.3"))).toBe("I1");
  });

  it("are restored after somebody changed them", () => {
    expect(broken(() => new Story().deployment("proxy-us-west-2", "17.0.0", { by: "user" }).deployment("proxy-us-west-2", "17.2.1"))).toBeUndefined();
  });

  it("go down in an announced roll-back of the same patch alone", () => {
    const up = () => new Story().announce(PATCH).deployment("auth", "17.2.3", { attempt: PATCH });
    expect(broken(() => up().deployment("auth", "17.2.1", { attempt: PATCH }))).toBe("I7");
    expect(broken(() => up().announce(PATCH, "RollBack").deployment("auth", "17.2.1", { attempt: PATCH }))).toBeUndefined();
    expect(broken(() => up().announce(PATCH, "RollBack").deployment("auth", "17.2.0", { attempt: PATCH }))).toBe("I7");
  });

  it("never go down from a major", () => {
    const up = new Story().announce(MAJOR).deployment("auth", "18.1.0", { attempt: MAJOR }).announce(MAJOR, "RollBack");
    expect(broken(() => up.deployment("auth", "17.2.1", { attempt: MAJOR }))).toBe("I7");
  });

  it("never take Auth down across a major that somebody raised it to", () => {
    const story = new Story().deployment("auth", "18.1.0", { by: "user" }).wait(200_000);
    expect(broken(() => story.deployment("auth", "17.2.1"))).toBe("I7");
  });

  it("skip no major, and cross none as a patch", () => {
    const far = attempt({ class: "Major", to: "19.1.0", predictedEndAt: "2026-11-24T04:40:00Z" });
    expect(broken(() => new Story().announce(far).deployment("auth", "19.1.0", { attempt: far }))).toBe("I7");
    const wrong = attempt({ to: "18.1.0" });
    expect(broken(() => new Story().announce(wrong).deployment("auth", "18.1.0", { attempt: wrong }))).toBe("I7");
  });

  it("lead to the attempt's own version, while it is under way", () => {
    const begun = () => new Story().announce(PATCH).deployment("auth", "17.2.3", { attempt: PATCH });
    expect(broken(() => begun().deployment("proxy-us-west-2", "17.2.2", { attempt: PATCH }))).toBe("I7");
    expect(broken(() => begun().tenant({ status: {} }).wait(400_000).deployment("proxy-us-west-2", "17.2.3", { attempt: PATCH }))).toBe("I12");
  });

  it("come back when somebody removed the Deployment", () => {
    expect(broken(() => new Story().write("user", "Deployment", "tenant-acme/auth", undefined).deployment("auth", "17.2.1"))).toBeUndefined();
    expect(broken(() => new Story().write("user", "Deployment", "tenant-acme/auth", undefined).deployment("auth", "17.2.0"))).toBe("I7");
  });
});

describe("live pods (I14)", () => {
  const both = () => new Story().pod("auth-1", "auth", "17.2.1").pod("proxy-1", "proxy-us-west-2", "17.2.1");
  it("of a proxy are never above Auth", () => {
    expect(broken(() => both().pod("proxy-2", "proxy-us-west-2", "17.2.3"))).toBe("I14");
    expect(broken(() => both().pod("auth-2", "auth", "17.2.3").pod("proxy-2", "proxy-us-west-2", "17.2.3"))).toBe("I14");
    expect(broken(() => both().pod("auth-1", "auth", undefined).pod("auth-2", "auth", "17.2.3").pod("proxy-2", "proxy-us-west-2", "17.2.3"))).toBeUndefined();
  });

  it("are not the operator's doing after somebody changed a template by hand, until all is as it was", () => {
    const byHand = both().deployment("proxy-us-west-2", "18.0.0", { by: "user" });
    expect(broken(() => byHand.pod("proxy-2", "proxy-us-west-2", "18.0.0"))).toBeUndefined();
    byHand.deployment("proxy-us-west-2", "17.2.1").pod("proxy-2", "proxy-us-west-2", undefined).pod("proxy-3", "proxy-us-west-2", "17.2.1");
    expect(broken(() => byHand.pod("proxy-4", "proxy-us-west-2", "17.2.3"))).toBe("I14");
  });
});

describe("ownership (I15) and data (I16)", () => {
  const own = { labels: LABELS };
  it("writes nothing that is another's, nobody's, or in another's place", () => {
    expect(broken(() => new Story().write(OPERATOR, "Service", "tenant-acme/auth", {}))).toBe("I15");
    expect(broken(() => new Story().write(OPERATOR, "Service", "tenant-globex/auth", own))).toBe("I15");
    expect(broken(() => new Story().write("user", "Service", "tenant-acme/auth", {}).write(OPERATOR, "Service", "tenant-acme/auth", own))).toBe("I15");
    expect(broken(() => new Story().write(OPERATOR, "Service", "tenant-acme/auth", { labels: { ...LABELS, "slacktide.dev/tenant-uid": "other" } }))).toBe("I15");
    expect(broken(() => new Story().write(OPERATOR, "Service", "tenant-acme/auth", own))).toBeUndefined();
  });

  it("serves a domain once, and under the platform's names", () => {
    const twin = (domain: string) => new Story().write("user", "Tenant", "twin", { uid: "uid-twin", spec: { domain } });
    const labels = { "slacktide.dev/tenant": "twin", "slacktide.dev/tenant-uid": "uid-twin" };
    expect(broken(() => twin("acme.teleport.example").write(OPERATOR, "Namespace", "tenant-twin", { labels }))).toBe("I15");
    expect(broken(() => twin("twin.elsewhere.example").write(OPERATOR, "Namespace", "tenant-twin", { labels }))).toBe("I15");
    expect(broken(() => twin("twin.teleport.example").write(OPERATOR, "Namespace", "tenant-twin", { labels }))).toBeUndefined();
  });

  describe("of ports", () => {
    const OF = { "slacktide.dev/ports": "claim" };
    const GLOBEX = { "slacktide.dev/tenant": "globex", "slacktide.dev/tenant-uid": "uid-globex" };
    const released = { "slacktide.dev/released-at": NOW };
    const claim = (story: Story, first: number, labels: Readonly<Record<string, string>> = LABELS, annotations = {}) => story.write(OPERATOR, "ConfigMap", `slacktide/ports-a.example-${first}`, { labels: { ...labels, ...OF }, annotations });
    const service = (story: Story, first: number) => story.write(OPERATOR, "Service", "tenant-acme/proxy-us-west-2", { labels: LABELS, spec: { ports: ["ssh", "tunnel", "kube", "mysql", "postgres"].map((name, n) => ({ name: `public-${name}`, port: first + n })) } });
    const told = (story: Story, first: number) => story.tenant({ by: OPERATOR, status: { endpoints: { address: "a.example", ports: { ssh: first } } } });
    const gone = (story: Story, deletionTimestamp = NOW) => story.tenant({ deletionTimestamp, annotations: { [ANNOTATION.confirmDelete]: UID } });

    it("gives each block to one tenant alone, and shows none that is not claimed for it", () => {
      expect(broken(() => claim(claim(new Story(), 11105), 11110, GLOBEX))).toBeUndefined();
      expect(broken(() => claim(claim(new Story(), 11105), 11108, GLOBEX))).toBe("I15");
      expect(broken(() => claim(claim(new Story(), 11105), 11105, GLOBEX))).toBe("I15");
      expect(broken(() => service(claim(new Story(), 11105), 11105))).toBeUndefined();
      expect(broken(() => service(claim(new Story(), 11105), 11110))).toBe("I15");
      expect(broken(() => service(claim(new Story(), 11105, GLOBEX), 11105))).toBe("I15");
    });

    it("never changes those that were told", () => {
      expect(broken(() => told(told(new Story(), 11105), 11105))).toBeUndefined();
      expect(broken(() => told(told(new Story(), 11105).tenant({ status: {} }), 11110))).toBe("I15");
    });

    it("gives up those of a tenant that goes, or has others, and no others", () => {
      expect(broken(() => claim(claim(new Story(), 11105), 11105, LABELS, released))).toBe("I15");
      expect(broken(() => claim(claim(claim(new Story(), 11105), 11110), 11110, LABELS, released))).toBeUndefined();
      expect(broken(() => claim(gone(claim(new Story(), 11105)), 11105, LABELS, released))).toBeUndefined();
    });

    it("keeps those that were given up for thirty days", () => {
      const free = (days: number) => claim(gone(claim(new Story(), 11105)), 11105, LABELS, released).wait(days * 86_400_000).write(OPERATOR, "ConfigMap", "slacktide/ports-a.example-11105", undefined);
      expect(broken(() => free(29))).toBe("I15");
      expect(broken(() => free(30))).toBeUndefined();
    });
  });

  it("removes data after a confirmed deletion alone", () => {
    const leaving = (annotations: Record<string, string>) => new Story().tenant({ annotations, deletionTimestamp: "2026-11-24T04:00:00Z" });
    const remove = (story: Story) => broken(() => story.write(OPERATOR, "Namespace", "tenant-acme", undefined));
    expect(remove(new Story())).toBe("I16");
    expect(remove(leaving({}))).toBe("I16");
    expect(remove(leaving({ [ANNOTATION.confirmDelete]: "another" }))).toBe("I16");
    expect(remove(leaving({ [ANNOTATION.confirmDelete]: UID }))).toBeUndefined();
    expect(broken(() => leaving({}).write(OPERATOR, "Tenant", "acme", undefined))).toBe("I16");
  });
});

describe("writers and rest (W, I17, I9)", () => {
  it("lets no leader write after the next one began", () => {
    const story = new Story().write("replica-2", "ConfigMap", "tenant-acme/auth-config", { labels: LABELS });
    expect(broken(() => story.write(OPERATOR, "ConfigMap", "tenant-acme/auth-config", { labels: LABELS }))).toBe("W");
  });

  it("lets everybody compete", () => {
    const story = new Story().write("replica-2", "Lease", "slacktide/slacktide", {}).write("replica-1", "Lease", "slacktide/slacktide", {});
    expect(broken(() => story.write("replica-2", "Leadership", "slacktide", {}))).toBeUndefined();
  });

  it("lets nobody write at rest but for Leases", () => {
    const story = new Story();
    story.monitor.expectSilence();
    expect(broken(() => story.write(OPERATOR, "Lease", "slacktide/slacktide", {}))).toBeUndefined();
    expect(broken(() => story.tenant({ by: OPERATOR, status: { phase: "Active" } }))).toBe("I17");
    story.monitor.expectWrites();
    expect(broken(() => story.tenant({ by: OPERATOR, status: { phase: "Upgrading" } }))).toBeUndefined();
  });

  it("asks every lane that waits for a reason", () => {
    const lanes = (holds: readonly object[]) => new Story().tenant({ status: { lanes: { patch: { target: "17.2.3", holds } } } });
    expect(broken(() => lanes([]).monitor.checkAtRest(0))).toBe("I9");
    expect(broken(() => lanes([{ code: "OutsideWindow" }]).monitor.checkAtRest(0))).toBeUndefined();
  });
});
