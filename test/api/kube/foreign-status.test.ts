import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { stringify } from "yaml";
import { API_VERSION } from "../../../src/api/index.ts";
import { KubeClient } from "../../../src/kube/client.ts";
import type { KubeObject } from "../../../src/kube/kind.ts";
import { OWN_KINDS } from "../../../src/operator.ts";
import { connect } from "./connect.ts";

const CRDS = join(import.meta.dirname, "../../../crds");
const NAME = "stable";

let it: Awaited<ReturnType<typeof connect>>;
let client: KubeClient;

beforeAll(async () => {
  it = await connect();
  await it.cluster.kubectl(["apply", "-f", CRDS]);
  await it.cluster.kubectl(["wait", "--for=condition=Established", "crd/releasechannels.slacktide.dev", "--timeout=30s"]);
  client = new KubeClient({ transport: it.transport, kinds: OWN_KINDS });
  await it.cluster.kubectl(["apply", "-f", "-"], { input: stringify({ apiVersion: API_VERSION, kind: "ReleaseChannel", metadata: { name: NAME }, spec: { releases: [] } }) });
});
afterAll(() => it.stop());

const condition = (type: string, message: string) => ({ type, status: "True", reason: "X", message, lastTransitionTime: "2026-01-01T00:00:00Z", observedGeneration: 1 });
const wanted = (...conditions: readonly object[]): KubeObject & { readonly status: object } => ({ apiVersion: API_VERSION, kind: "ReleaseChannel", metadata: { name: NAME }, status: { conditions } });
const restore = (status: object) => it.cluster.kubectl(["patch", "releasechannel", NAME, "--subresource=status", "--type=merge", "-p", JSON.stringify({ status })]);

test("what a backup tool left goes with the first status of ours", async () => {
  await restore({ conditions: [condition("CapacityShort", "theirs")] });
  const applied: KubeObject = await client.applyStatus(wanted(condition("Ready", "ours")));
  expect(applied).toMatchObject({ status: { conditions: [condition("Ready", "ours")] } });
});

test("so does what we have changed since and want no more, of which theirs alone would be invalid", async () => {
  await restore({ conditions: [condition("Ready", "ours"), condition("CapacityShort", "theirs")] });
  await client.applyStatus(wanted(condition("Ready", "ours"), condition("CapacityShort", "ours")));
  const applied: KubeObject = await client.applyStatus(wanted(condition("Ready", "ours")));
  expect(applied).toMatchObject({ status: { conditions: [condition("Ready", "ours")] } });
});
