import { beforeEach, describe, expect, it } from "vitest";
import { ANNOTATION, LABEL } from "../../../src/api/index.ts";
import { attempt, broken, LABELS, OPERATOR, Story, type Written } from "./story.ts";

const REGION = "proxy-eu-central-1";
const KEY = `tenant-acme/${REGION}`;

function proxies(version: string, note?: object): Written {
  const annotations = note === undefined ? {} : { [ANNOTATION.attempt]: JSON.stringify(note) };
  return { labels: { ...LABELS, [LABEL.component]: REGION }, annotations, spec: { template: { spec: { containers: [{ image: `registry.example/teleport:${version}` }] } } } };
}

const pod = (version: string): Written => ({ labels: { ...LABELS, [LABEL.component]: REGION }, spec: { containers: [{ image: `registry.example/teleport:${version}` }] }, status: { phase: "Running" } });
const regions = (...versions: readonly string[]) => [{ name: "eu-central-1", versions, reachable: true }];

let story: Story;

beforeEach(() => {
  story = new Story().abroad(OPERATOR, "Namespace", "tenant-acme", { labels: LABELS }).abroad(OPERATOR, "Deployment", KEY, proxies("17.2.1"));
});

describe("what is in the cluster of another region", () => {
  it("is never above Auth, which is here (I14)", () => {
    story.pod("auth-1", "auth", "17.2.1").abroad("cluster", "Pod", `${KEY}-1`, pod("17.2.1"));
    expect(broken(() => story.abroad("cluster", "Pod", `${KEY}-2`, pod("17.2.3")))).toBe("I14");
  });

  it("is a tenant's that is there, in its namespace, and nothing but its proxies (I15)", () => {
    const own = { labels: LABELS };
    expect(broken(() => story.abroad(OPERATOR, "ServiceAccount", "tenant-acme/proxy", own))).toBeUndefined();
    expect(broken(() => story.abroad(OPERATOR, "ServiceAccount", "tenant-acme/other", {}))).toBe("I15");
    expect(broken(() => story.abroad(OPERATOR, "ServiceAccount", "tenant-globex/proxy", own))).toBe("I15");
    expect(broken(() => story.abroad(OPERATOR, "PersistentVolumeClaim", "tenant-acme/auth-data", own))).toBe("I15");
    expect(broken(() => story.abroad(OPERATOR, "Deployment", "tenant-acme/auth", { labels: { ...LABELS, [LABEL.component]: "auth" } }))).toBe("I15");
    expect(broken(() => story.abroad("user", "Service", "tenant-acme/web", {}).abroad(OPERATOR, "Service", "tenant-acme/web", own))).toBe("I15");
    expect(broken(() => story.abroad(OPERATOR, "ServiceAccount", "tenant-acme/twin", { labels: { ...LABELS, [LABEL.tenantUid]: "uid-of-before" } }))).toBe("I15");
  });

  it("may go with its namespace, in which there is no data", () => {
    expect(broken(() => story.abroad(OPERATOR, "Namespace", "tenant-acme", undefined))).toBeUndefined();
  });

  it("changes for an attempt that is under way, as what is here does (I12)", () => {
    const patch = attempt();
    const begun = story.announce(patch).deployment("auth", "17.2.3", { attempt: patch });
    expect(broken(() => begun.abroad(OPERATOR, "Deployment", KEY, proxies("17.2.3", patch)))).toBeUndefined();
  });
});

describe("proxies in a cluster that was out of reach", () => {
  const patch = attempt();
  const ended = (status: object) => {
    story.announce(patch).deployment("auth", "17.2.3", { attempt: patch });
    const history = [{ ...patch, result: "Succeeded" }];
    story.wait(600_000).tenant({ by: OPERATOR, status: { version: "17.2.3", history, ...status } });
    return story.wait(600_000).tenant({ by: OPERATOR, status: { version: "17.2.3", history, regions: regions("17.2.1"), note: 1 } });
  };
  const follow = (version: string) => broken(() => story.abroad(OPERATOR, "Deployment", KEY, proxies(version, { ...patch, to: version })));

  it("follow what the tenant runs, though no attempt is under way", () => {
    ended({ regions: [{ name: "eu-central-1", versions: ["17.2.1"], reachable: false }] });
    expect(follow("17.2.3")).toBeUndefined();
  });

  it("follow nothing else (I7)", () => {
    ended({ regions: [{ name: "eu-central-1", versions: ["17.2.1"], reachable: false }] });
    expect(follow("17.2.4")).toBe("I7");
  });

  it("follow nothing when they were there all the time (I12)", () => {
    ended({ regions: regions("17.2.1") });
    expect(follow("17.2.3")).toBe("I12");
  });

  it("follow once (I12)", () => {
    ended({ regions: [{ name: "eu-central-1", versions: ["17.2.1"], reachable: false }] });
    story.tenant({ by: OPERATOR, status: { version: "17.2.3", regions: regions("17.2.3") } }).wait(600_000);
    expect(follow("17.2.3")).toBe("I12");
  });
});

it("nothing is written there either when nothing is due (I17)", () => {
  story.monitor.expectSilence();
  expect(broken(() => story.abroad(OPERATOR, "ServiceAccount", "tenant-acme/proxy", { labels: LABELS }))).toBe("I17");
});

it("a former leader may be late there, for no policy tells it so", () => {
  expect(broken(() => story.abroad("replica-2", "ServiceAccount", "tenant-acme/proxy", { labels: LABELS }).abroad(OPERATOR, "ConfigMap", "tenant-acme/proxy-config", { labels: LABELS }))).toBeUndefined();
});
