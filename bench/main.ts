/**
 * How fast, and at what cost: `npm run bench -- --tenants 1000`. Every figure is a ratio to W, what a bare client can do with
 * the same writes against the same API server in the same run, or a cost for each tenant or write. Prints one table and,
 * with `--json <file>`, writes all figures.
 */
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { startGround } from "./ground.ts";
import { burst, coldStart, idle, outage, wave, week } from "./phases.ts";
import { replanned } from "./replanned.ts";
import { replay } from "./replay.ts";
import { report, type Results } from "./report.ts";

const { values } = parseArgs({
  options: {
    tenants: { type: "string", default: "1000" },
    replayed: { type: "string", default: "300" },
    rounds: { type: "string", default: "3" },
    "idle-seconds": { type: "string", default: "600" },
    /** Leaves out what takes long with many tenants: the outage, and the week. */
    short: { type: "boolean", default: false },
    json: { type: "string" },
  },
});
const tenants = Number(values.tenants);
const replayed = Math.min(tenants, Number(values.replayed));
const say = (text: string): void => console.error(`${new Date().toISOString().slice(11, 19)} ${text}`);

const ground = await startGround(replayed);
try {
  say(`burst of ${tenants} new tenants`);
  const first = ground.operator();
  await first.metricsPort;
  const made = await burst(ground, first, tenants);
  say(`a patch for all: ${(made.writes.accepted / made.seconds).toFixed(0)} writes/s so far`);
  const patched = await wave(ground, first, tenants);
  await first.stop();
  say("cold start");
  const { operator, ...cold } = await coldStart(ground);
  say(`${values["idle-seconds"]} idle seconds`);
  const still = await idle(ground, operator, Number(values["idle-seconds"]));
  await operator.stop();
  const more = values.short ? {} : await disturbed();
  say(`the writes of ${replayed} tenants by a bare client`);
  ground.stopStandIn();
  const best = await replay(ground, { burst: made.writes.sample, wave: patched.writes.sample }, Number(values.rounds));
  say("plans over 10,000 tenants in memory");
  const results: Results = { tenants, replayed, burst: made, wave: patched, cold, idle: still, ...more, best, replanning: replanned() };
  const { table, figures } = report(results);
  console.log(table);
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(figures, undefined, 2)}\n`);
} finally {
  await ground.stop();
}

async function disturbed(): Promise<Pick<Results, "outage" | "week">> {
  say("an outage of a minute");
  const broken = await outage(ground, tenants);
  say("a week without cuts");
  return { outage: broken, week: await week(ground) };
}
