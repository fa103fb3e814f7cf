import { main } from "../../../src/cli/main.ts";

const NOW = Date.parse("2026-11-23T12:00:00Z");

/** Everything that a command left. */
export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs a command as a shell would, on a terminal of that many columns. */
export async function run(args: readonly string[], width = 120): Promise<Ran> {
  const said = { out: "", err: "" };
  const shell = { name: "slacktide", width, out: (text: string) => void (said.out += text), err: (text: string) => void (said.err += text), now: () => NOW, user: () => "alice" };
  return { code: await main(args, shell), ...said };
}

/** The one line with which a command refused its input; throws if it did anything else. */
export async function refusalOf(args: readonly string[]): Promise<string> {
  const { code, out, err } = await run(args);
  const lines = err.trimEnd().split("\n");
  if (code !== 2 || out !== "" || lines.length !== 1) throw new Error(`not refused in one line: ${JSON.stringify({ code, out, err })}`);
  return lines[0] ?? "";
}
