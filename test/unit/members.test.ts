import { beforeEach, describe, expect, it } from "vitest";
import { stringify } from "yaml";
import type { Region } from "../../src/domain/objects/platform.ts";
import { Members } from "../../src/members.ts";
import type { LogFields } from "../../src/runtime/logger.ts";
import { silentLogger } from "../../src/runtime/logger.ts";
import { noMetrics } from "../../src/runtime/metrics.ts";
import { FakeTime } from "./runtime/fake-time.ts";
import { OtherCluster } from "./other-cluster.ts";

const TOKEN = "tell-nobody";

const cluster = (secret: string) => ({ kubeconfigSecret: { name: secret, key: "kubeconfig" }, authAddress: "{tenant}.auth.example:443", proxyCidrs: ["203.0.113.0/24"] });
const EUROPE: Region = { name: "eu-central-1", cluster: cluster("europe") };
const ALSO_EUROPE: Region = { name: "eu-west-1", cluster: cluster("europe") };
const INDIA: Region = { name: "ap-south-1", cluster: cluster("india") };

function kubeconfig(user: object = { token: TOKEN }, server = "https://europe.example"): string {
  return stringify({ apiVersion: "v1", kind: "Config", "current-context": "c", clusters: [{ name: "c", cluster: { server, "certificate-authority-data": "Y2E=" } }], users: [{ name: "u", user }], contexts: [{ name: "c", context: { cluster: "c", user: "u" } }] });
}

let time: FakeTime;
let secrets: Map<string, { readonly version: string; readonly text: string }>;
let others: Map<string, OtherCluster>;
let changes: string[];
let logged: string;
let connected: number;
let ownClusterAnswers: Promise<void>;

beforeEach(() => {
  time = new FakeTime();
  secrets = new Map([["europe", { version: "1", text: kubeconfig() }], ["india", { version: "1", text: kubeconfig({ token: TOKEN }, "https://india.example") }]]);
  others = new Map([["europe.example", new OtherCluster()], ["india.example", new OtherCluster()]]);
  const india = others.get("india.example");
  if (india !== undefined) india.uid = "uid-india";
  [changes, logged, connected, ownClusterAnswers] = [[], "", 0, Promise.resolve()];
});

const europe = () => others.get("europe.example") as OtherCluster; // put there before each test

function membersOf(...regions: readonly Region[]): Members {
  const note = (message: string, fields?: LogFields): void => void (logged += `${message} ${JSON.stringify(fields, (_, value: unknown) => (value instanceof Error ? value.message : value))}\n`);
  return new Members({
    regions: [{ name: "us-west-2" }, ...regions],
    client: {
      get: async <T>(_kind: unknown, { name }: { readonly name: string }): Promise<T | undefined> => {
        await ownClusterAnswers;
        const secret = secrets.get(name);
        const found = name === "kube-system" ? { metadata: { name, uid: "uid-home" } } : secret && { metadata: { name, uid: "s", resourceVersion: secret.version }, data: { kubeconfig: Buffer.from(secret.text).toString("base64") } };
        // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- of the kind that is asked for
        return found as T | undefined;
      },
    },
    namespace: "slacktide",
    connect: (config) => {
      connected += 1;
      return (others.get(new URL(config.getCurrentCluster()?.server ?? "https://none").host) ?? new OtherCluster()).connection();
    },
    mono: time,
    rng: { next: () => 0.5 },
    log: { ...silentLogger, info: note, warn: note, error: note },
    metrics: noMetrics,
    onTenant: () => undefined,
    onChange: (names) => changes.push(names.join(", ")),
  });
}

/** Starts them and lets so many milliseconds go by; whether the start has ended. */
async function start(members: Members, ms = 2_000): Promise<boolean> {
  let hasStarted = false;
  void members.start().then(() => (hasStarted = true));
  await pass(ms);
  return hasStarted;
}

/** Lets so many milliseconds go by, with time for everybody in between. */
async function pass(ms: number): Promise<void> {
  for (let n = 0; n < ms; n += 100) await time.advance(100);
}

const reasons = (members: Members) => members.clusters.map((member) => `${member.regions.join(", ")}: ${member.outOfReach() ?? "within reach"}`);

describe("the clusters of other regions", () => {
  it("are within reach once all they hold was read; regions with one Secret are one cluster", async () => {
    const members = membersOf(EUROPE, INDIA, ALSO_EUROPE);
    expect(await start(members)).toBe(true);
    expect(reasons(members)).toEqual(["eu-central-1, eu-west-1: within reach", "ap-south-1: within reach"]);
    expect(changes).toEqual(["eu-central-1, eu-west-1", "ap-south-1"]);
    expect([...europe().watched].filter((path) => /deployments|pods/.test(path)).sort()).toEqual(["/api/v1/pods", "/apis/apps/v1/deployments"]);
    await members.stop();
    expect(europe().closed).toBe(1);
  });

  it("do not hold up the start when one does not answer", async () => {
    europe().state = "down";
    const members = membersOf(EUROPE);
    expect(await start(members, 3_000)).toBe(true);
    expect(reasons(members)).toEqual(["eu-central-1: its API server gives no answer"]);
    europe().state = "up";
    await time.advance(2_000);
    await time.advance(2_000);
    expect(reasons(members)).toEqual(["eu-central-1: within reach"]);
    await members.stop();
  });

  it("hold it up for ten seconds at most when one swallows all that is asked", async () => {
    europe().state = "silent";
    const members = membersOf(EUROPE);
    expect(await start(members, 11_000)).toBe(true);
    expect(reasons(members)).not.toEqual(["eu-central-1: within reach"]);
  });

  it("are out of reach as soon as one goes down, and back when it answers and its watches are open", async () => {
    const members = membersOf(EUROPE, INDIA);
    await start(members);
    europe().goDown();
    await pass(4_000);
    expect(reasons(members)).toEqual(["eu-central-1: its API server gives no answer", "ap-south-1: within reach"]);
    europe().state = "up";
    await pass(10_000);
    expect(reasons(members)[0]).toBe("eu-central-1: within reach");
    expect(changes).toEqual(["eu-central-1", "ap-south-1", "eu-central-1", "eu-central-1"]);
    await members.stop();
  });

  it("are out of reach, when one comes and goes, until it has answered for a while; and longer each time", async () => {
    const members = membersOf(EUROPE);
    await start(members);
    const comesBackAfter = async (): Promise<number> => {
      europe().goDown();
      await pass(3_000);
      expect(reasons(members)[0]).toContain("gives no answer");
      europe().state = "up";
      for (let seconds = 0; seconds < 400; seconds += 1) {
        if (members.clusters[0]?.outOfReach() === undefined) return seconds;
        await time.advance(1_000);
      }
      return Infinity;
    };
    expect(await comesBackAfter()).toBeLessThan(5);
    const again = await comesBackAfter();
    expect([again >= 30, again < 36]).toEqual([true, true]);
    expect(await comesBackAfter()).toBeGreaterThanOrEqual(60);
    expect(changes).toHaveLength(7);
    await members.stop();
  });

  it("are back once their watches are open, and not with the first answer", async () => {
    const members = membersOf(EUROPE);
    await start(members);
    const before = changes.length;
    europe().goDown();
    await pass(1_500);
    europe().state = "deaf";
    await pass(3_000);
    expect([reasons(members)[0], changes.length]).toEqual(["eu-central-1: it is looked at again", before + 1]);
    europe().hears();
    await pass(1_000);
    expect([reasons(members)[0], changes.length]).toEqual(["eu-central-1: within reach", before + 2]);
    await members.stop();
  });

  it("are about to be back while one that comes and goes answers", async () => {
    const members = membersOf(EUROPE);
    await start(members);
    for (const state of ["up", "up"] as const) {
      europe().goDown();
      await pass(3_000);
      expect(members.areReturning()).toBe(false);
      europe().state = state;
      await pass(5_000);
    }
    expect(reasons(members)[0]).toBe("eu-central-1: it comes and goes, and has to answer for a while");
    expect(members.areReturning()).toBe(true);
    await members.stop();
  });

  it("are looked at again by whom one was out of reach while nobody noted it", async () => {
    const members = membersOf(EUROPE);
    await start(members);
    const before = changes.length;
    const { promise, resolve: answer } = Promise.withResolvers<void>();
    ownClusterAnswers = promise;
    await pass(16_000);
    europe().goDown();
    await pass(3_000);
    expect(reasons(members)[0]).toContain("gives no answer");
    europe().state = "up";
    await pass(6_000);
    expect([reasons(members)[0], changes.length]).toEqual(["eu-central-1: within reach", before]);
    answer();
    await pass(1_000);
    expect(changes.slice(before)).toEqual(["eu-central-1", "eu-central-1"]);
    await members.stop();
  });

  it("hold up no end while one swallows what is asked", async () => {
    europe().state = "silent";
    const members = membersOf(EUROPE);
    await start(members, 1_000);
    let hasStopped = false;
    void members.stop().then(() => (hasStopped = true));
    for (let n = 0; n < 5; n += 1) await time.advance(1);
    expect(hasStopped).toBe(true);
  });

  it("are said to refuse where they do", async () => {
    europe().state = "refuses";
    const members = membersOf(EUROPE);
    expect(await start(members)).toBe(true);
    expect(reasons(members)).toEqual(["eu-central-1: its API server does not say which cluster it is"]);
    expect(() => members.clusters[0]?.api).toThrow("does not say which cluster it is");
    await members.stop();
  });

  it("are asked which they are less and less often by whom they refuse, and again at once with other credentials", async () => {
    europe().state = "refuses";
    const members = membersOf(EUROPE);
    await start(members);
    const asked = europe().asked;
    await pass(10 * 60_000);
    expect([europe().asked - asked < 90, europe().asked - asked > 30]).toEqual([true, true]); // each 15 seconds at last
    europe().state = "up";
    secrets.set("europe", { version: "2", text: kubeconfig({ token: "another" }, "https://europe.example") });
    await pass(16_000);
    expect(reasons(members)).toEqual(["eu-central-1: within reach"]);
    await members.stop();
  });

  it("are not used if one is the operator's own", async () => {
    europe().uid = "uid-home";
    const members = membersOf(INDIA, EUROPE);
    await start(members);
    expect(reasons(members)).toEqual(["ap-south-1: within reach", "eu-central-1: it is the cluster of the operator itself"]);
    expect(() => members.clusters[1]?.api).toThrow("out of reach");
    await members.stop();
  });

  const CONTESTED = ["eu-central-1: it is the cluster of ap-south-1 as well", "ap-south-1: it is the cluster of eu-central-1 as well"];
  const mistaken = { version: "2", text: kubeconfig({ token: TOKEN }, "https://india.example") };

  it("are both not used if two are one, whoever was first", async () => {
    europe().uid = "uid-india";
    const members = membersOf(EUROPE, INDIA);
    expect(await start(members)).toBe(true);
    expect(reasons(members)).toEqual(CONTESTED);
    for (const cluster of members.clusters) expect(() => cluster.api).toThrow("as well");
    await members.stop();
  });

  it("are both out of reach from the moment at which one is led to the other, and apart again when that is mended", async () => {
    const members = membersOf(EUROPE, INDIA);
    await start(members);
    const right = secrets.get("europe");
    secrets.set("europe", mistaken);
    for (let n = 0; n < 200; n += 1) {
      await time.advance(100);
      if (members.clusters[0]?.outOfReach() === CONTESTED[0]?.slice("eu-central-1: ".length)) break;
    }
    expect(reasons(members)).toEqual(CONTESTED);
    if (right !== undefined) secrets.set("europe", right);
    await pass(60_000);
    expect(reasons(members)).toEqual(["eu-central-1: within reach", "ap-south-1: within reach"]);
    await members.stop();
  });

  it("stay contested though one of the two has lost it, until it is found to be another", async () => {
    const members = membersOf(EUROPE, INDIA);
    await start(members);
    secrets.set("europe", mistaken);
    await pass(20_000);
    secrets.delete("europe");
    let wasUsed = false;
    for (let n = 0; n < 600; n += 1) {
      await time.advance(100);
      wasUsed ||= members.clusters.some((cluster) => cluster.outOfReach() === undefined);
    }
    expect(wasUsed).toBe(false);
    expect(reasons(members)[1]).toBe(CONTESTED[1]);
    await members.stop();
  });

  it("are connected with anew when their Secret changes, and never otherwise", async () => {
    const members = membersOf(EUROPE);
    await start(members, 40_000);
    expect([connected, europe().closed]).toEqual([1, 0]);
    secrets.set("europe", { version: "2", text: kubeconfig({ token: "rotated" }) });
    await pass(20_000);
    expect([connected, europe().closed, ...reasons(members)]).toEqual([2, 1, "eu-central-1: within reach"]);
    await members.stop();
  });

  it("are told apart again after two of them changed places", async () => {
    const members = membersOf(EUROPE, INDIA);
    await start(members);
    const [one, other] = [secrets.get("europe"), secrets.get("india")];
    if (one === undefined || other === undefined) throw new Error("both are there");
    secrets.set("europe", other).set("india", one);
    await pass(50_000);
    expect(reasons(members)).toEqual(["eu-central-1: within reach", "ap-south-1: within reach"]);
    await members.stop();
  });

  it("are not connected with anew for a label on their Secret", async () => {
    const members = membersOf(EUROPE);
    await start(members, 20_000);
    secrets.set("europe", { version: "2", text: kubeconfig() });
    await pass(20_000);
    expect([connected, europe().closed]).toEqual([1, 0]);
    await members.stop();
  });

  it.each<[what: string, text: string | undefined, why: string]>([
    ["is not there", undefined, "there is no such key, or no such Secret"],
    ["is no kubeconfig", `kind: [${TOKEN}`, "it cannot be read as a kubeconfig"],
    ["runs a program", kubeconfig({ exec: { command: "aws", env: [{ name: "T", value: TOKEN }] } }), "it has exec in users, which is not used: put the data itself into it, such as a token and certificate-authority-data"],
    ["names a file", kubeconfig({ tokenFile: "/var/run/token" }), "it has tokenFile in users, which is not used: put the data itself into it, such as a token and certificate-authority-data"],
    ["is for plain HTTP", kubeconfig({ token: TOKEN }, "http://europe.example"), "its server is no address with https://"],
    ["trusts anybody", kubeconfig().replace("certificate-authority-data: Y2E=", "insecure-skip-tls-verify: true"), "it has insecure-skip-tls-verify in clusters, which is not used: put the data itself into it, such as a token and certificate-authority-data"],
    ["has no context", kubeconfig().replace("current-context: c", "current-context: d"), "its current-context names no cluster, or no user"],
  ])("are out of reach, and only they, when the kubeconfig %s; nothing in it is said", async (_what, text, why) => {
    if (text === undefined) secrets.delete("europe");
    else secrets.set("europe", { version: "2", text });
    const members = membersOf(EUROPE, INDIA);
    expect(await start(members)).toBe(true);
    expect(reasons(members)).toEqual([`eu-central-1: the kubeconfig in Secret "slacktide/europe", key "kubeconfig", is not used: ${why}`, "ap-south-1: within reach"]);
    expect(logged).toContain(why);
    expect(logged).not.toContain(TOKEN);
    await members.stop();
  });

  it("keep what was read when a new kubeconfig cannot be used only until that is known", async () => {
    const members = membersOf(EUROPE);
    await start(members);
    secrets.set("europe", { version: "2", text: "{}" });
    await pass(20_000);
    expect(members.clusters[0]?.caches.ofTenant("Deployment", "acme")).toEqual([]);
    expect(reasons(members)[0]).toContain("is not used");
    expect(europe().closed).toBe(1);
    await members.stop();
  });
});
