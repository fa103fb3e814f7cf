import { expect, test } from "vitest";
import { KubeError } from "../../../src/kube/errors.ts";
import { KINDS, type KubeObject } from "../../../src/kube/kind.ts";
import { Reflector } from "../../../src/kube/reflector.ts";
import type { Transport } from "../../../src/kube/transport.ts";
import { silentLogger } from "../../../src/runtime/logger.ts";
import { noMetrics } from "../../../src/runtime/metrics.ts";
import { FakeTime, noJitter } from "../runtime/fake-time.ts";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const END = { type: "BOOKMARK", object: { apiVersion: "v1", kind: "Pod", metadata: { resourceVersion: "10", annotations: { "k8s.io/initial-events-end": "true" } } } };
const GONE = { type: "ERROR", object: { kind: "Status", code: 410, reason: "Expired", message: "too old resource version" } };

type Answer = "quiet" | "ends" | "gone" | "down";

/** A reflector on a server whose first watch tells that all was sent, and whose later ones answer as `server` says. */
function setUp(server: { answer: Answer }) {
  const time = new FakeTime();
  let watches = 0;
  const bytes = async function* (signal: AbortSignal | undefined): AsyncGenerator<Uint8Array, void, void> {
    if (watches === 1) yield Buffer.from(`${JSON.stringify(END)}\n`);
    if (server.answer === "gone") yield Buffer.from(`${JSON.stringify(GONE)}\n`);
    if (server.answer !== "quiet") return;
    await new Promise((_, reject) => signal?.addEventListener("abort", () => reject(signal.reason)));
  };
  const transport: Transport = {
    request: () => Promise.reject(new Error("nothing is listed here")),
    stream: async ({ signal }) => {
      if (server.answer === "down") throw new KubeError({ what: "watch pods", why: "no answer", outcome: "unknown" });
      watches += 1;
      return bytes(signal);
    },
    serverDate: () => undefined,
  };
  const reflector = new Reflector<KubeObject>({ kind: KINDS.Pod, transport, mono: time, rng: noJitter, log: silentLogger, metrics: noMetrics, onChange: () => undefined });
  return { time, reflector, watches: () => watches };
}

/** For how long at most it has not followed within an hour, looked at each second. */
async function mostBehind({ time, reflector }: Pick<ReturnType<typeof setUp>, "time" | "reflector">): Promise<number> {
  let most = 0;
  for (let n = 0; n < 3_600; n += 1) {
    await time.advance(SECOND);
    most = Math.max(most, reflector.behindMs());
  }
  return most;
}

test("has followed at no time before the first watch", () => {
  expect(setUp({ answer: "quiet" }).reflector.behindMs()).toBe(Number.POSITIVE_INFINITY);
});

test("goes on at once where nothing is ever written and no bookmark comes: such a kind is followed as any other", async () => {
  const story = setUp({ answer: "quiet" });
  story.reflector.start();
  expect(await mostBehind(story)).toBe(0);
  expect(story.watches()).toBe(41); // one that was cut every 90 seconds
  void story.reflector.stop();
});

test.each<[string, readonly Answer[]]>([
  ["there is no answer", ["down"]],
  ["each watch ends at once and tells nothing", ["ends"]],
  ["a server that comes back no longer has what came next", ["down", "gone"]],
])("falls behind while %s", async (_what, answers) => {
  const server: { answer: Answer } = { answer: "quiet" };
  const { time, reflector } = setUp(server);
  reflector.start();
  await time.advance(MINUTE);
  expect(reflector.behindMs()).toBe(0);
  server.answer = answers[0] ?? "quiet";
  await time.advance(MINUTE); // the watch of before is cut after 90 seconds in all
  await time.advance(10 * MINUTE);
  for (const answer of answers) {
    server.answer = answer;
    await time.advance(MINUTE);
  }
  expect(reflector.behindMs()).toBeGreaterThan((10 + answers.length) * MINUTE - SECOND);
  void reflector.stop();
});
