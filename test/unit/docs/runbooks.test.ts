import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { holdCodes, HOLDS, parseApproval, parseFreeze, parseMaintenanceWindow, parseReleaseChannel, parseTenant, type HoldCode } from "../../../src/api/index.ts";
import { readManifests, type Manifest } from "../../../src/cli/manifests.ts";
import { compileApproval } from "../../../src/domain/approval/approval.ts";
import { decideLanes } from "../../../src/domain/tenant/decide.ts";
import { HOUR } from "../../../src/domain/time.ts";
import { compiledChannel, compiledWindow } from "../../../src/reconcile/compiled.ts";
import { runbooksIndex, SECTIONS } from "../../../tools/gen/runbooks-index.ts";
import { run } from "../cli/run.ts";
import { kubectlProblems } from "./kubectl.ts";
import { readPage, ROOT, wordsOf, type Page } from "./pages.ts";
import { HELD, type HeldTenant } from "./told-holds.ts";

const FOLDER = "docs/runbooks";
const HEADINGS = ["What it means", "See why", "Clear it", "Do not"];
const FACTS = /^\*\*Lanes\*\* (?<lanes>.+) · \*\*scope\*\* (?<scope>.+) · \*\*until\*\* (?<until>.+) · \*\*liftable\*\* (?<liftable>.+)$/m;

/** An Approval that lifts one of these is an opening of its own, or counts after it has expired; every other waits for the next opening. */
const ACT_NOW: ReadonlySet<HoldCode> = new Set(["NoWindow", "WindowInvalid", "OutsideWindow", "RetryNextOpening", "ReleaseHalted"]);

const pageOf = (code: HoldCode): Page => readPage(`${FOLDER}/${code}.md`);
const summaryOf = (code: HoldCode) => SECTIONS.flatMap(([, summaries]) => summaries[code] ?? []);
const factsOf = (page: Page): Readonly<Record<string, string>> => FACTS.exec(page.prose)?.groups ?? {};
const linesOf = (page: Page, language: string) => page.blocks.filter((block) => block.language === language).flatMap(({ lines }) => lines);

const scratch = mkdtempSync(join(tmpdir(), "slacktide-runbooks-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

function manifestsOf(page: Page): readonly Manifest[] {
  return page.blocks.filter(({ language }) => language === "yaml").flatMap(({ lines }, index) => {
    const file = join(scratch, `${index}.yaml`);
    writeFileSync(file, lines.join("\n"));
    return readManifests(file);
  });
}

function holdOf({ code, lane, view, now }: HeldTenant) {
  const { patch, major } = decideLanes(view, now);
  return (lane === "Patch" ? patch : major).holds.find((hold) => hold.code === code);
}

describe("the index of the runbooks", () => {
  it("is what `npm run gen` writes", () => {
    expect(readFileSync(join(ROOT, FOLDER, "README.md"), "utf8")).toBe(runbooksIndex());
  });

  it("has every code once, with its page, and every page a code", () => {
    expect([...runbooksIndex().matchAll(/^\| \[(\w+)\]\((\w+)\.md\) \|/gm)].map(([, code, page]) => `${code} ${page}`).sort()).toEqual(holdCodes.map((code) => `${code} ${code}`).sort());
    expect(readdirSync(join(ROOT, FOLDER)).sort()).toEqual(["README.md", ...holdCodes.map((code) => `${code}.md`)].sort());
  });
});

describe.each(holdCodes)("the page of %s", (code) => {
  const page = pageOf(code);
  const held = HELD.filter((each) => each.code === code);
  const holds = held.map(holdOf);

  it("is short, and has the four headings", () => {
    expect([...page.prose.matchAll(/^#+ .*$/gm)].map(([heading]) => heading)).toEqual([`# ${code}`, ...HEADINGS.map((heading) => `## ${heading}`)]);
    expect(page.text.split("\n").length).toBeLessThanOrEqual(50);
  });

  it("says what the API says of lanes, scope, end and Approvals", () => {
    const [summary] = summaryOf(code);
    expect(factsOf(page)).toMatchObject({ lanes: summary?.lanes, scope: summary?.scope.join(", "), liftable: HOLDS[code].liftable ? "yes, by an Approval" : "no" });
    expect(new Set(holds.map((hold) => hold?.scope))).toEqual(new Set(summary?.scope));
    expect(holds.some((hold) => hold?.until !== undefined)).toBe(factsOf(page)["until"] !== "–");
    const inPatchLane = held.filter(({ view, now }) => decideLanes(view, now).patch.holds.some((hold) => hold.code === code));
    expect(inPatchLane.length > 0).toBe(summary?.lanes === "both");
  });

  it("quotes what `slacktide why` prints, each message once", () => {
    const messages = new Set(holds.map((hold) => `- ${code}: ${hold?.message ?? "does not hold"}`));
    expect(linesOf(page, "text").sort()).toEqual([...messages].sort());
  });

  it("has manifests that the API takes", () => {
    expect(manifestsOf(page).flatMap(refusalOf)).toEqual([]);
  });

  it("has an Approval that lifts it, or none", () => {
    const lifting = manifestsOf(page).flatMap((manifest) => specOf(manifest)).filter(({ lifts }) => lifts.some((lifted) => lifted === code));
    expect(lifting.length).toBe(HOLDS[code].liftable ? 1 : 0);
    // What was halted goes on by way of the ledger.
    if (lifting.length === 0 || code === "ReleaseHalted") return;
    expect(held.filter((each) => isLifted(each, lifting)).length).toBeGreaterThan(0);
  });

  it("has a command that makes an Approval which lasts until it can act", async () => {
    const [command] = [...page.prose.matchAll(/`(slacktide approve acme [^`]+)`/g)].map(([, line = ""]) => line);
    if (command === undefined || ACT_NOW.has(code)) return;
    const [, ...args] = wordsOf(command);
    const { out } = await run([...args, "--approver", "alice", "--dry-run"]);
    const [made] = specOf(parse(out) as Manifest); // what was printed
    const [meant] = manifestsOf(page).flatMap((manifest) => specOf(manifest));
    expect(Date.parse(made?.expiresAt ?? "")).toBeGreaterThanOrEqual(Date.parse(meant?.expiresAt ?? ""));
  });

  it("has commands that exist", async () => {
    const lines = [...linesOf(page, "sh"), ...[...page.prose.matchAll(/`((?:slacktide|kubectl) [^`…]+ [^`…]+)`/g)].map(([, command = ""]) => command)];
    expect(lines.length).toBeGreaterThan(1);
    expect(lines[0]).toMatch(/^slacktide why acme( +#.*)?$/);
    for (const line of lines) expect({ line, problems: await problemsOf(line) }).toEqual({ line, problems: [] });
  });
});

describe("the way back", () => {
  it.each<HoldCode>(["UpgradeRunning", "ReleaseHalted", "Unhealthy", "VersionUnknown"])("is named where %s may be for good", (code) => {
    expect(pageOf(code).prose).toContain("(../backup.md#the-way-back)");
  });
});

describe("what `slacktide why` says clears a hold", () => {
  it("puts a lost version on record where the runbook does", () => {
    const [command = ""] = linesOf(pageOf("VersionUnknown"), "sh").filter((line) => line.startsWith("kubectl annotate"));
    expect(command).toMatch(/^kubectl annotate namespace tenant-acme slacktide\.dev\/version=/);
    expect(HOLDS.VersionUnknown.remedy).toMatch(/namespace \(annotation slacktide\.dev\/version\)/);
    expect(HOLDS.VersionUnknown.remedy).not.toContain("Deployment");
  });

  it.each(holdCodes.filter((code) => HOLDS[code].remedy.includes("runbook")))("sends to the page of %s itself", (code) => {
    expect(HOLDS[code].remedy).toContain(`runbook ${code}`);
  });
});

const PARSERS = { Tenant: parseTenant, Freeze: parseFreeze, Approval: parseApproval, ReleaseChannel: parseReleaseChannel, MaintenanceWindow: parseMaintenanceWindow };

/** Why the API, or the rules after it, would not take the object. */
function refusalOf(manifest: Manifest): readonly string[] {
  const parser = Object.entries(PARSERS).find(([kind]) => kind === manifest.kind)?.[1];
  const parsed = parser?.(manifest) ?? { kind: "invalid", message: `no kind ${manifest.kind}` };
  if (parsed.kind === "invalid") return [parsed.message];
  if (manifest.kind === "ReleaseChannel") return problemsIn(compiledChannel(manifest, HELD[0]?.now ?? 0).channel);
  return manifest.kind === "MaintenanceWindow" ? problemsIn(compiledWindow(manifest).window) : [];
}

function problemsIn(compiled: { readonly kind: "valid" } | { readonly kind: "invalid"; readonly problems: readonly string[] }): readonly string[] {
  return compiled.kind === "invalid" ? compiled.problems : [];
}

function specOf(manifest: Manifest) {
  const parsed = manifest.kind === "Approval" ? parseApproval(manifest) : undefined;
  return parsed?.kind === "valid" ? [parsed.value.spec] : [];
}

/** Whether the tenant is held no longer by the code once the page's Approval is there, an hour before. */
function isLifted(held: HeldTenant, specs: ReturnType<typeof specOf>): boolean {
  const approvals = specs.flatMap((spec) => compileApproval("acme-chg-1234", spec, held.now - HOUR) ?? []);
  return holdOf(held) !== undefined && holdOf({ ...held, view: { ...held.view, approvals: [...approvals, ...held.view.approvals] } }) === undefined;
}

const NO_CLUSTER = join(scratch, "none");

/** A command of ours gets as far as the cluster that is not there; one that asks none succeeds. */
async function problemsOf(line: string): Promise<readonly string[]> {
  const [program, ...args] = wordsOf(line);
  if (program === "kubectl") return kubectlProblems(line);
  if (program !== "slacktide") return [`${program ?? "nothing"} is no command of ours`];
  const needsCluster = args[0] !== "window";
  const { code, err } = await run([...args, ...(needsCluster ? ["--kubeconfig", NO_CLUSTER] : [])]);
  if (!needsCluster) return code === 0 ? [] : [err];
  return code === 1 && err.includes("read kubeconfig") ? [] : [err];
}
