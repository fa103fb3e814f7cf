/** `npm test`: every suite with all its own set-up, one after the other, with times, and one closing line. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

interface Suite {
  readonly name: string;
  readonly run: (name: string) => Counts;
}

const root = join(import.meta.dirname, "../..");
const scratch = mkdtempSync(join(tmpdir(), "slacktide-test-"));

const SUITES: readonly Suite[] = [
  { name: "unit", run: (name) => vitest(name, ["--coverage"]) },
  { name: "sim", run: (name) => vitest(name) },
  { name: "cluster", run: (name) => vitest(name) },
  { name: "api", run: (name) => vitest(name) },
  { name: "fault", run: (name) => vitest(name) },
  { name: "package", run: (name) => vitest(name) },
  { name: "e2e", run: (name) => vitest(name) },
  // A quarter, another one each day; all of them with `npm run test:mutants`.
  { name: "mutants", run: () => program(["tools/mutants/main.ts", "--share", "4"]) },
];

const wanted = process.argv.slice(2);
const total = { passed: 0, failed: 0, skipped: 0 };
const times: string[] = [];
for (const suite of SUITES.filter(({ name }) => wanted.length === 0 || wanted.includes(name))) {
  console.log(`\n== ${suite.name}`);
  const start = performance.now();
  const counts = suite.run(suite.name);
  for (const key of ["passed", "failed", "skipped"] as const) total[key] += counts[key];
  times.push(`${suite.name.padEnd(8)} ${String(Math.round((performance.now() - start) / 1000)).padStart(4)} s   ${counts.passed} passed, ${counts.failed} failed`);
}
rmSync(scratch, { recursive: true, force: true });
console.log(`\n${times.join("\n")}\n`);
console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exitCode = total.failed === 0 && total.passed > 0 ? 0 : 1;

/** Runs one project; a run that ends badly without a failed test (coverage too low, a crash) counts as one failure. */
function vitest(project: string, args: readonly string[] = []): Counts {
  const report = join(scratch, `${project}.json`);
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
  const { status } = node([join(root, "node_modules/vitest/vitest.mjs"), "run", "--project", project, ...reporters, ...args]);
  const counts = countsIn(report);
  return status === 0 || counts.failed > 0 ? counts : { ...counts, failed: 1 };
}

function countsIn(report: string): Counts {
  try {
    const result = JSON.parse(readFileSync(report, "utf8")) as { numPassedTests: number; numFailedTests: number; numPendingTests: number }; // vitest's JSON reporter
    return { passed: result.numPassedTests, failed: result.numFailedTests, skipped: result.numPendingTests };
  } catch {
    return { passed: 0, failed: 1, skipped: 0 }; // it ended before it could report
  }
}

function program(args: readonly string[]): Counts {
  const { status } = node(args);
  return { passed: status === 0 ? 1 : 0, failed: status === 0 ? 0 : 1, skipped: 0 };
}

function node(args: readonly string[]) {
  return spawnSync(process.execPath, args, { cwd: root, stdio: ["ignore", "inherit", "inherit"] });
}
