import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { describe, expect, it } from "vitest";

const ROOT = join(import.meta.dirname, "../../..");
const ARGS = ["windows", "tuesday-night-berlin", "-f", join(ROOT, "examples/fleet"), "--at", "2026-11-23T12:00:00Z", "--next", "1000"];

describe("a reader that has had enough of the output", () => {
  it("lets the command end quietly, with exit code 0", async () => {
    const child = spawn(process.execPath, [join(ROOT, "bin/slacktide.js"), ...ARGS], { stdio: ["ignore", "pipe", "pipe"] });
    child.stdout.destroy(); // before the first write: the command takes longer than that to load
    const [complaint, [code, signal]] = await Promise.all([text(child.stderr), once(child, "close")]);
    expect({ complaint, code, signal }).toEqual({ complaint: "", code: 0, signal: null });
  });
});

describe("manifests that come through a pipe", () => {
  it.each([
    { args: ["why", "acme"] },
    { args: ["why", "acme", "--at", "2026-11-10T02:05:00Z"] },
    { args: ["why", "acme", "--at", new Date(Date.now() + 3_600_000).toISOString()] },
    { args: ["plan", "--at", "2026-11-24T02:30:00Z"] },
    { args: ["history", "acme"] },
  ])("are read once by slacktide $args", async ({ args }) => {
    const command = [process.execPath, join(ROOT, "bin/slacktide.js"), ...args, "-f", "/dev/stdin"];
    const child = spawn("sh", ["-c", 'fleet=$1; shift; cat "$fleet" | "$@"', "sh", join(ROOT, "test/fixtures/lived/fleet.yaml"), ...command], { stdio: ["ignore", "pipe", "pipe"] });
    const [said, complaint] = await Promise.all([text(child.stdout), text(child.stderr)]);
    expect(complaint).toBe("");
    expect(said).not.toBe("");
  });
});
