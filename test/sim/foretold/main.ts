import { parseArgs } from "node:util";
import { fleetOf } from "./fleet.ts";
import { foretell, mistakes } from "./foretell.ts";

const { values } = parseArgs({ options: { fleets: { type: "string", default: "20" }, first: { type: "string", default: "1" }, tell: { type: "boolean", default: false } } });

const first = Number(values.first);
let wrong = 0;
let starts = 0;
const codes = new Map<string, number>();
const begin = performance.now();
for (let seed = first; seed < first + Number(values.fleets); seed += 1) {
  const foretold = await foretell(fleetOf(seed), values.tell ? (line) => console.log(line) : undefined);
  const all = mistakes(foretold);
  starts += foretold.seen.length;
  for (const code of foretold.codes) codes.set(code, (codes.get(code) ?? 0) + 1);
  if (all.length === 0) continue;
  wrong += 1;
  console.log(`fleet ${seed}:\n  ${all.slice(0, 8).join("\n  ")}`);
}
console.log(`${values.fleets} fleets, ${starts} starts, ${wrong} foretold wrongly, ${((performance.now() - begin) / 1000).toFixed(1)} s`);
console.log([...codes].sort((a, b) => a[1] - b[1]).map(([code, count]) => `${code} ${count}`).join(", "));
process.exitCode = wrong === 0 ? 0 : 1;
