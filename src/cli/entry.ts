import { userInfo } from "node:os";
import { realClock, realMono } from "../runtime/clock.ts";
import { main } from "./main.ts";

const DEFAULT_WIDTH = 120;

/** Runs the command line of this process. */
export async function enter(name: string): Promise<void> {
  process.stdout.on("error", endQuietly);
  process.exitCode = await main(process.argv.slice(2), {
    name,
    width: process.stdout.columns ?? (Number(process.env["COLUMNS"]) || DEFAULT_WIDTH),
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    now: () => realClock(realMono).now(),
    user: userName,
  });
}

/** A container may run as somebody whom its system has no name for. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return process.env["USER"] ?? "unknown";
  }
}

/** Whoever reads our output may have had enough of it, as `head` does; all other errors are bugs. */
function endQuietly(error: NodeJS.ErrnoException): void {
  if (error.code !== "EPIPE") throw error;
}
