import { expect, test } from "vitest";
import { hasCertManager } from "../../../src/kube/cert-manager.ts";
import { KubeError } from "../../../src/kube/errors.ts";
import { FakeTime } from "../runtime/fake-time.ts";

const refused = new KubeError({ what: "read", why: "forbidden", outcome: "refused", status: 403 });
const unanswered = new KubeError({ what: "read", why: "connect ECONNREFUSED", outcome: "not-sent" });

function ask(...answers: readonly (object | undefined | Error)[]) {
  const time = new FakeTime();
  const left = [...answers];
  const get = async (): Promise<never> => {
    const answer = left.length > 1 ? left.shift() : left[0];
    if (answer instanceof Error) throw answer;
    return answer as never; // a CustomResourceDefinition, of which nothing is looked at
  };
  return { time, found: hasCertManager({ get }, time).catch(String) };
}

test("cert-manager is there if its definition is", async () => {
  expect(await ask({}).found).toBe(true);
  expect(await ask(undefined).found).toBe(false);
});

test("an API server that does not answer is asked again, and not for ever", async () => {
  const late = ask(unanswered, unanswered, {});
  await late.time.advance(5_000);
  expect(await late.found).toBe(true);
  const never = ask(unanswered);
  await never.time.advance(60_000);
  expect(await never.found).toContain("ECONNREFUSED");
});

test("what it refuses is said at once", async () => {
  expect(await ask(refused).found).toContain("forbidden");
});
