import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const root = join(import.meta.dirname, "../..");
// npm lies beside the Node of the machine, which may be an older one than the Node we run on.
const path = { ...process.env, PATH: `${dirname(process.execPath)}:${process.env["PATH"] ?? ""}` };

describe("the package, installed into an empty folder", () => {
  let folder = "";
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "slacktide-package-"));
    const [packed] = JSON.parse(run("npm", ["pack", "--json", "--silent", `--pack-destination=${folder}`], root)) as [{ filename: string }]; // npm's own format
    writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "empty", private: true }));
    run("npm", ["install", "--no-fund", "--no-audit", "--silent", join(folder, packed.filename)], folder);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it("brings nothing beside itself", () => {
    const lock = JSON.parse(readFileSync(join(folder, "package-lock.json"), "utf8")) as { packages: Record<string, unknown> }; // npm's own format
    expect(Object.keys(lock.packages).sort()).toEqual(["", "node_modules/slacktide"]);
  });

  it.each(["slacktide", "kubectl-slacktide"])("runs %s", (bin) => {
    const args = ["window", "check", "--schedule", "0 3 * * 2", "--duration", "4h", "--time-zone", "Europe/Berlin", "--at", "2026-11-24T02:30:00Z", "-o", "json"];
    expect(JSON.parse(run(join(folder, "node_modules/.bin", bin), args, folder))).toEqual({
      open: true,
      opensAt: "2026-11-24T02:00:00Z",
      closesAt: "2026-11-24T06:00:00Z",
      nextOpensAt: "2026-12-01T02:00:00Z",
    });
  });

  it("loads the operator, and says in one line what it misses", () => {
    const { stdout, stderr } = spawnSync(join(folder, "node_modules/.bin/slacktide"), ["run", "--kubeconfig", join(folder, "none")], { env: path, encoding: "utf8" });
    expect(stdout).toBe("");
    expect(stderr).toMatch(/^slacktide: read kubeconfig .*no such file.*\n$/);
  });

  it("names the Node it needs on an older one", () => {
    const old = join(folder, "old.mjs");
    // The check is all that an older Node gets to see, so an older Node is what its version says here.
    const code = [
      'Object.defineProperty(process.versions, "node", { value: "20.20.2" });',
      `const { start } = await import(${JSON.stringify(join(folder, "node_modules/slacktide/bin/start.js"))});`,
      'start("slacktide");',
    ];
    writeFileSync(old, code.join("\n"));
    expect(() => run(process.execPath, [old], folder)).toThrow("slacktide: needs Node 24 or newer, this is 20.20.2");
  });
});

function run(command: string, args: readonly string[], cwd: string): string {
  return execFileSync(command, args, { cwd, env: path, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
}
