import { readdirSync, readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { KubeClient } from "../../../src/kube/client.ts";
import { applyCrd } from "../../../src/kube/crd.ts";
import { realMono } from "../../../src/runtime/clock.ts";
import { connect } from "../../api/kube/connect.ts";
import { ApiServer } from "../server/server.ts";
import { modelTransport } from "./model.ts";
import { conformanceTrace } from "./script.ts";

const CRDS = new URL("../../../crds/", import.meta.url);

let real: Awaited<ReturnType<typeof connect>>;
beforeAll(async () => {
  real = await connect();
  const client = new KubeClient({ transport: real.transport });
  for (const file of readdirSync(CRDS)) await applyCrd(client, realMono, readFileSync(new URL(file, CRDS), "utf8"));
});
afterAll(() => real.stop());

test("the model of the API server answers as the real one does", async () => {
  const server = new ApiServer({ now: () => Date.now(), onCommit: () => undefined, watchList: true, mostPerPage: 500 });
  const model = await conformanceTrace(modelTransport(server));
  expect(model).toEqual(await conformanceTrace(real.transport));
});
