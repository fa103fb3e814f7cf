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
