import { execFile } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";

/** A copy of the project in which a bug hurts nobody. */
export interface Sandbox {
  /** Applies a patch; says why if it does not apply, and changes nothing then. */
  readonly apply: (patch: string) => Promise<string | undefined>;
  /** Takes a patch back; throws if that cannot be done. */
  readonly revert: (patch: string) => Promise<void>;
  /** Runs the tests of these files whose full names, such as `a lane > starts`, hold one of the texts; for so many milliseconds at most. */
  readonly test: (files: readonly string[], names: readonly string[], longestMs?: number) => Promise<TestRun>;
  readonly remove: () => void;
}

export interface TestRun {
  /** The tests that ran. */
  readonly tests: readonly TestOutcome[];
  /** Why a file's tests could not be run at all. */
  readonly problem?: string;
}

export interface TestOutcome {
  readonly file: string;
  readonly name: string;
  readonly passed: boolean;
  /** It failed by an assertion, not by a crash or for want of time. */
  readonly asserted: boolean;
  readonly message: string;
}

const ROOT = join(import.meta.dirname, "../..");
const COPIED = ["src", "test", "crds", "charts", "tools", "bin", "package.json", "tsconfig.json", "vitest.config.ts"];
const LONGEST_RUN_MS = 120_000;

/** Makes a copy of the project in a temporary folder; the signal ends what runs in it. */
export function makeSandbox(signal: AbortSignal): Sandbox {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "slacktide-mutant-")));
  for (const entry of COPIED) cpSync(join(ROOT, entry), join(folder, entry), { recursive: true });
  linkPackages(folder);
  const git = (...args: readonly string[]) => run("git", ["apply", ...args], { folder, signal });
  return {
    apply: async (patch) => {
      const { code, output } = await git(patch);
      return code === 0 ? undefined : firstLine(output);
    },
    revert: async (patch) => {
      const { code, output } = await git("--reverse", patch);
      if (code !== 0) throw new Error(`${patch} cannot be taken back: ${firstLine(output)}`);
    },
    test: async (files, names, longestMs) => {
      const report = join(folder, "report.json");
      rmSync(report, { force: true });
      const pattern = names.map(escaped).join("|");
      const args = ["run", "--project", "unit", "--project", "api", "--reporter=json", `--outputFile=${report}`, "--testNamePattern", pattern, ...files];
      const { output } = await run(process.execPath, [join(folder, "node_modules/vitest/vitest.mjs"), ...args], { folder, signal, longestMs });
      return testRunOf(report, folder) ?? { tests: [], problem: firstLine(output) };
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** The text as a pattern that matches it alone. */
function escaped(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`);
}

/** Package by package, so that what tools cache beside them stays in the copy. */
function linkPackages(folder: string): void {
  mkdirSync(join(folder, "node_modules"));
  for (const entry of readdirSync(join(ROOT, "node_modules"))) {
    if (!entry.startsWith(".")) symlinkSync(join(ROOT, "node_modules", entry), join(folder, "node_modules", entry));
  }
}

interface Ended {
  readonly code: number;
  readonly output: string;
}

interface RunTerms {
  readonly folder: string;
  readonly signal: AbortSignal;
  readonly longestMs?: number | undefined;
}

function run(program: string, args: readonly string[], { folder, signal, longestMs = LONGEST_RUN_MS }: RunTerms): Promise<Ended> {
  // Were the temporary folder inside a repository, git would apply patches relative to that one.
  const env = { ...process.env, GIT_CEILING_DIRECTORIES: join(folder, ".."), NO_COLOR: "1" };
  return new Promise((resolve) => {
    execFile(program, args, { cwd: folder, env, signal, timeout: longestMs, maxBuffer: 2 ** 26 }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : 1, output: `${stderr}${stdout}${error?.message ?? ""}` });
    });
  });
}

/** The part of vitest's JSON report that is read here. */
interface Report {
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly message: string;
    readonly assertionResults: readonly ReportedTest[];
  }[];
}

interface ReportedTest {
  readonly ancestorTitles: readonly string[];
  readonly title: string;
  readonly status: string;
  readonly failureMessages: readonly string[] | null;
}

/** What an assertion says, and what fast-check says of a property that it disproved. */
const ASSERTED = /AssertionError|Property failed after/;

function testRunOf(report: string, folder: string): TestRun | undefined {
  const { testResults } = readReport(report) ?? { testResults: [] };
  const unloaded = testResults.find(({ status, assertionResults }) => status === "failed" && assertionResults.length === 0);
  if (unloaded !== undefined) return { tests: [], problem: firstLine(unloaded.message) };
  if (testResults.length === 0) return undefined;
  const tests = testResults.flatMap(({ name, assertionResults }) => {
    const ran = assertionResults.filter(({ status }) => status === "passed" || status === "failed");
    return ran.map((test) => outcomeOf(test, relative(folder, name)));
  });
  return { tests };
}

function outcomeOf({ ancestorTitles, title, status, failureMessages }: ReportedTest, file: string): TestOutcome {
  const message = (failureMessages ?? []).join("\n");
  return { file, name: [...ancestorTitles, title].join(" > "), passed: status === "passed", asserted: ASSERTED.test(message), message: firstLine(message) };
}

function readReport(path: string): Report | undefined {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as Report; // as vitest's JSON reporter writes it
  } catch {
    return undefined; // it ended before it could report
  }
}

function firstLine(text: string): string {
  return text.trim().split("\n")[0] ?? "";
}
