import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startCluster, type Cluster } from "../../tools/cluster/cluster.ts";
import { readAudit } from "../support/audit.ts";
import { auditedWrites, violationIn } from "../support/audited-writes.ts";
import { churn, leftBehind } from "../support/churn.ts";
import { apply, channel, release } from "../support/fleet.ts";
import { installChart } from "../support/operator.ts";
import { random } from "../support/random.ts";

/** Two hundred with `npm run test:churn -- --real`. */
const LIVES = 12;

let cluster: Cluster;

beforeAll(async () => {
  cluster = await startCluster({ profile: "full", audit: true, log: () => undefined });
  await installChart(cluster, { isLed: false });
  await apply(cluster, channel([release("17.2.1")]));
});

afterAll(async () => cluster?.stop());

describe("tenants that come and go while the operator is killed", () => {
  test("share nothing, and leave nothing behind", async () => {
    const { made, kills } = await churn({ cluster, lives: LIVES, atOnce: 6, random: random(1), tell: () => undefined });
    expect([made, kills > 0]).toEqual([LIVES, true]);
    expect(await leftBehind(cluster)).toEqual([]);
    expect(violationIn(auditedWrites(readAudit(cluster), (real) => real))).toBeUndefined();
  });
});
