import { expect, test } from "vitest";
import { Election, FENCE_SETTLES_MS } from "../../src/election.ts";
import { KubeClient } from "../../src/kube/client.ts";
import { KubeError } from "../../src/kube/errors.ts";
import type { LeadershipObject, LeadershipRecord } from "../../src/kube/leadership.ts";
import type { HttpCall, Transport } from "../../src/kube/transport.ts";
import { USUAL_TIMING, type SeenLease } from "../../src/runtime/lease.ts";
import { silentLogger } from "../../src/runtime/logger.ts";
import { noMetrics } from "../../src/runtime/metrics.ts";
import { FakeTime, noJitter, settle } from "./runtime/fake-time.ts";

const OURS = { namespace: "ours", lease: "slacktide", pod: "a" };
const WRITE = { method: "PATCH", path: "/api/v1/namespaces/x/services/y" };
const RECORD = { method: "POST", path: "/apis/slacktide.dev/v1alpha1/leaderships" };

/** An API server with one Lease, which nobody else wants, and a record that the test looks after. */
function setUp(record: Partial<LeadershipRecord> & { recorded?: LeadershipObject } = {}) {
  const warnings: string[] = [];
  const time = new FakeTime(1_000_000);
  const story: string[] = [];
  let version = 0;
  const answer = ({ method, body }: HttpCall): unknown => {
    if (method === "GET") throw new KubeError({ what: "read", why: "404", outcome: "refused", status: 404 });
    version += 1;
    return { ...(body as object), kind: "Lease", metadata: { name: "slacktide", resourceVersion: String(version) }, spec: { holderIdentity: "a_", leaseDurationSeconds: 15 } };
  };
  const transport: Transport = {
    request: async <T>(call: HttpCall) => answer(call) as T, // as the API server answers
    stream: ({ signal }) => new Promise((_, reject) => signal?.addEventListener("abort", () => reject(new Error("cut")))),
    serverDate: () => undefined,
  };
  let recorded = record.recorded;
  const records: LeadershipRecord = {
    read: async () => recorded,
    write: async (spec) => {
      story.push(`${spec.holder} leads, epoch ${spec.epoch}`);
      recorded = { apiVersion: "", kind: "Leadership", metadata: { name: "slacktide", resourceVersion: "1" }, spec };
      return recorded;
    },
    leaseOf: async () => undefined,
    isAdmitted: async () => true,
    ...record,
  };
  const election = new Election({
    replica: OURS,
    nonce: "1",
    timing: USUAL_TIMING,
    client: new KubeClient({ transport }),
    transport,
    record: records,
    clock: time,
    mono: time,
    rng: noJitter,
    log: { ...silentLogger, warn: (message) => void warnings.push(message) },
    metrics: noMetrics,
    onActing: () => void story.push("acts"),
  });
  let acts = false;
  void election.acting().then(() => (acts = true));
  election.start();
  return { time, story, warnings, election, acts: () => acts, depose: (spec: LeadershipObject["spec"]) => (recorded = recorded && { ...recorded, spec }) };
}

test("records itself with the Lease in hand, and writes nothing else until that has settled", async () => {
  let asked = 0;
  const { time, story, election, acts } = setUp({ isAdmitted: async () => (asked += 1) > 3 });
  expect(election.whyNot(RECORD)).toBe("this replica does not lead");
  await time.advance(250);
  expect([story, asked]).toEqual([["a leads, epoch 1"], 3]);
  expect([election.whyNot(RECORD), election.whyNot(WRITE)]).toEqual([undefined, "this replica does not lead yet"]);
  await time.advance(50 + FENCE_SETTLES_MS - 1);
  expect([acts(), election.whyNot(WRITE)]).toEqual([false, "this replica does not lead yet"]);
  await time.advance(1);
  await settle();
  expect([acts(), election.whyNot(WRITE), story.at(-1)]).toEqual([true, undefined, "acts"]);
});

const THEIRS: LeadershipObject = { apiVersion: "", kind: "Leadership", metadata: { name: "slacktide" }, spec: { namespace: "theirs", lease: "other", holder: "b", epoch: 7 } };
const held = (version: number): SeenLease => ({ holder: "b_", durationMs: 15_000, transitions: 0, version: String(version) });

test("does not act while another installation renews its Lease, and takes over when it doesn't", async () => {
  let renewals = 0;
  let isAlive = true;
  const { time, story, election, acts } = setUp({ recorded: THEIRS, leaseOf: async () => held(isAlive ? (renewals += 1) : renewals) });
  await time.advance(60_000);
  expect([acts(), story, election.unreadyReason()]).toEqual([false, [], 'another installation leads this cluster: pod "b" of "theirs/other"']);
  isAlive = false;
  await time.advance(20_000);
  expect([acts(), story, election.unreadyReason()]).toEqual([true, ["a leads, epoch 8", "acts"], undefined]);
});

const NEVER_TAKEN = /^the API server does not take this replica for the leader, though it is recorded as pod "a" of "ours\/slacktide": is its token bound to that pod/;

test("a leader that the API server never takes for one says so, asks seldom, and lets another one try after a minute", async () => {
  let asked = 0;
  const { time, election, acts, warnings } = setUp({ isAdmitted: async () => (asked += 1) < 0 });
  let lost: string | undefined;
  void election.lost.then((why) => (lost = why));
  await time.advance(4_999);
  expect([asked, election.unreadyReason(), warnings]).toEqual([50, undefined, []]);
  await time.advance(1);
  expect(election.unreadyReason()).toEqual(expect.stringMatching(NEVER_TAKEN));
  await time.advance(54_000);
  expect([asked, warnings, lost]).toEqual([51 + 27, ["refused as the leader"], undefined]);
  await time.advance(2_000);
  expect(lost).toEqual(expect.stringMatching(NEVER_TAKEN));
  expect([election.whyNot(RECORD), acts()]).toEqual(["this replica does not lead", false]);
  await time.advance(60_000);
  expect(asked).toBe(51 + 28);
});

test("a leader that the API server learns of late acts as soon as it is asked again", async () => {
  const { time, election, acts, story } = setUp({ isAdmitted: async () => time.now() >= 1_006_500 });
  await time.advance(6_900);
  expect(election.unreadyReason()).toEqual(expect.stringMatching(NEVER_TAKEN));
  await time.advance(100 + FENCE_SETTLES_MS);
  expect([acts(), election.unreadyReason(), story.at(-1)]).toEqual([true, undefined, "acts"]);
});

test("a leader that the API server does not take for one finds out who else is recorded", async () => {
  const { time, election, depose, warnings } = setUp({ isAdmitted: async () => false });
  let lost: string | undefined;
  void election.lost.then((why) => (lost = why));
  await time.advance(1_000);
  depose({ ...THEIRS.spec, epoch: 2 });
  await time.advance(4_000);
  expect([lost, warnings]).toEqual(['recorded as the leader: pod "b" of "theirs/other"', []]);
});

test("a refusal by the API server's fence ends it if somebody else is recorded, and not if that server was merely late", async () => {
  const { time, election, depose } = setUp();
  let lost: string | undefined;
  void election.lost.then((why) => (lost = why));
  await time.advance(1_000);
  election.refused(new Error("not the recorded leader"));
  await time.advance(100);
  expect([lost, election.whyNot(WRITE)]).toEqual([undefined, undefined]);
  depose({ ...THEIRS.spec, epoch: 2 });
  election.refused(new Error("not the recorded leader"));
  await time.advance(100);
  expect([lost, election.whyNot(WRITE)]).toEqual(['recorded as the leader: pod "b" of "theirs/other"', "this replica does not lead"]);
});

test("stopped, it writes no more", async () => {
  const { time, election } = setUp();
  await time.advance(1_000);
  const stopped = election.stop("release");
  expect(election.whyNot(WRITE)).toBeDefined();
  await time.advance(1_000);
  await stopped;
  expect(election.whyNot(RECORD)).toBe("this replica does not lead");
});
