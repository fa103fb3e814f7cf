/**
 * `npm run test:mutants`: the suite itself is tested (design §13). Each file in patches/ is one bug; its named test passes
 * without it and must fail with it. Words given as arguments choose the mutants whose names hold one of them; `--share 4` plays
 * a quarter of them, another one each day, and of the others sees that they still apply.
 */
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { readMutants, type Mutant } from "./mutant.ts";
import { makeSandbox, type Sandbox, type TestRun } from "./sandbox.ts";

const MAX_WORKERS = 2;
/** All tests that are named, one file after the other. */
const LONGEST_WITHOUT_MS = 900_000;

const DAY_MS = 86_400_000;
const { values: flags, positionals: words } = parseArgs({ allowPositionals: true, options: { share: { type: "string", default: "1" } } });
const shares = Number(flags.share);
const all = readMutants(join(import.meta.dirname, "patches"), words);
const today = Math.floor(Date.now() / DAY_MS);
const mutants = all.filter((_, index) => (index + today) % shares === 0);
if (!Number.isInteger(shares) || shares < 1) {
  console.error(`--share ${flags.share}: a whole number from 1 on, such as 4 for a quarter`);
  process.exit(2);
}
if (mutants.length === 0) {
  console.error(`no patch in tools/mutants/patches has a name with one of: ${words.join(", ")}`);
  process.exit(2);
}

const stop = new AbortController();
const sandboxes = Array.from({ length: Math.min(MAX_WORKERS, availableParallelism()) }, () => makeSandbox(stop.signal));
process.once("exit", () => sandboxes.forEach((sandbox) => sandbox.remove()));
for (const [signal, code] of [["SIGINT", 130], ["SIGTERM", 143]] as const) {
  process.once(signal, () => {
    stop.abort(); // ends the test runs
    process.exit(code);
  });
}

const healthy = await runHealthy();
const waiting = [...mutants];
const verdicts = (await Promise.all(sandboxes.map(work))).flat();
const failed = verdicts.filter((verdict) => !verdict).length + (await staleOthers());
console.log(`${verdicts.filter(Boolean).length} passed, ${failed} failed`);
process.exitCode = failed === 0 && verdicts.length > 0 ? 0 : 1;

/** Every named test, once, without any bug: a test that fails anyway catches nothing. */
async function runHealthy(): Promise<TestRun> {
  const [sandbox] = sandboxes;
  if (sandbox === undefined) throw new Error("there is at least one worker");
  const run = await sandbox.test([...new Set(mutants.map(({ file }) => file))], mutants.map(({ test }) => test), LONGEST_WITHOUT_MS);
  if (run.problem !== undefined) throw new Error(`the tests could not be run without any bug: ${run.problem}`);
  return run;
}

/** Of how many of the others the patch no longer applies. */
async function staleOthers(): Promise<number> {
  const [sandbox] = sandboxes;
  let stale = 0;
  for (const { name, path } of all.filter((mutant) => !mutants.includes(mutant))) {
    const problem = await sandbox?.apply(path);
    if (problem === undefined) {
      await sandbox?.revert(path);
      continue;
    }
    stale += 1;
    console.log(`FAILED   ${name}: the patch no longer applies (${problem}): make it again`);
  }
  return stale;
}

/** Takes mutants one by one until none waits; whether each was caught. */
async function work(sandbox: Sandbox): Promise<readonly boolean[]> {
  const caught: boolean[] = [];
  for (let mutant = waiting.shift(); mutant !== undefined; mutant = waiting.shift()) {
    const escape = await escapeOf(mutant, sandbox);
    console.log(escape === undefined ? `caught   ${mutant.name}: ${mutant.bug}` : `FAILED   ${mutant.name}: ${mutant.bug}: ${escape}`);
    caught.push(escape === undefined);
  }
  return caught;
}

/** Why a mutant does not count as caught, and what to do about it; undefined if it was caught. */
async function escapeOf(mutant: Mutant, sandbox: Sandbox): Promise<string | undefined> {
  const { file, test } = mutant;
  const before = healthy.tests.filter((each) => each.file === file && each.name.includes(test));
  if (before.length === 0) return `${file} has no test "${test}": name another in the patch`;
  if (before.some(({ passed }) => !passed)) return `"${test}" fails without the bug: mend it first`;
  const problem = await sandbox.apply(mutant.path);
  if (problem !== undefined) return `the patch no longer applies (${problem}): make it again`;
  const run = await sandbox.test([file], [test]);
  await sandbox.revert(mutant.path);
  if (run.problem !== undefined) return `${file} could not be run with the bug: ${run.problem}`;
  const broken = run.tests.filter(({ passed }) => !passed);
  if (broken.length === 0) return `"${test}" passes with the bug: write a test that catches it`;
  return broken.some(({ asserted }) => asserted) ? undefined : `"${test}" fails, but by no assertion: ${broken[0]?.message ?? ""}`;
}
