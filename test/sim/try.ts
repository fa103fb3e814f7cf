import { scenarioOf } from "./scenario.ts";
import { Simulation } from "./simulation.ts";
const [from = 1, n = 1] = process.argv.slice(2).map(Number);
let all = 0;
for (let seed = from; seed < from + n; seed += 1) {
  const begin = performance.now();
  const sim = new Simulation({ scenario: scenarioOf(seed), ...(process.env["TELL"] && { tell: (line) => console.log(line) }) });
  let why = "";
  try { await sim.begin(); await sim.calm(); } catch (error) { why = error instanceof Error ? (error.stack ?? "").split("\n").slice(0, 6).join("\n") : String(error); }
  const ms = performance.now() - begin; all += ms;
  console.log(seed, sim.writeLog.hash, `${sim.writeLog.count}/${sim.writeLog.operators} writes`, `${sim.timeline.steps} steps`, `${(sim.timeline.elapsed / 1000).toFixed(0)} s`, new Date(sim.timeline.truth).toISOString(), `${ms.toFixed(0)} ms`, JSON.stringify(Object.fromEntries(sim.happenings.counts)), why);
}
console.log(all / n);
process.exit(0);
