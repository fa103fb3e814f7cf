import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { imageSettings } from "./ground.ts";
import type { Replanning } from "./replan.ts";

/** How long it takes to plan a channel of 10,000 anew, in a process of its own, as the image runs it. `npm run bench:replan` prints it. */
export function replanned(): Replanning {
  const { status, stdout, stderr } = spawnSync(process.execPath, [...imageSettings().flags, join(import.meta.dirname, "replan.ts"), "10000"], { encoding: "utf8" });
  if (status !== 0) throw new Error(`bench/replan.ts: exit ${status}: ${stderr}`);
  return JSON.parse(stdout) as Replanning; // as it prints it
}

if (import.meta.main) console.log(JSON.stringify(replanned(), undefined, 2));
