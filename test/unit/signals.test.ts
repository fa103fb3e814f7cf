import { spawn } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";

const SIGNALS = join(import.meta.dirname, "../../src/signals.ts");

/** Runs a process that does `code` after it has set up signals and crashes; resolves to its end and what it said. */
function run(code: string, onSaid: (text: string, kill: (signal: NodeJS.Signals) => void) => void = () => undefined) {
  const program = `
    import { exitOnCrash, stopSignal } from ${JSON.stringify(SIGNALS)};
    const say = (message) => process.stdout.write(message + "\\n");
    const log = { info: say, error: (message, { error }) => say(message + ": " + error.message) };
    exitOnCrash(log);
    const stopped = stopSignal(log);
    const alive = setInterval(() => undefined, 1000);
    ${code}
    say("ready");`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", program], { stdio: ["ignore", "pipe", "inherit"] });
  let said = "";
  child.stdout.on("data", (chunk: Buffer) => {
    said += chunk.toString();
    onSaid(said, (signal) => void child.kill(signal));
  });
  return new Promise<{ code: number | null; said: string }>((resolve) => child.once("close", (exit) => resolve({ code: exit, said })));
}

test("the first signal asks for an orderly stop", async () => {
  const end = await run("void stopped.then((signal) => { say(`stopping by ${signal}`); clearInterval(alive); });", (said, kill) => {
    if (said.endsWith("ready\n")) kill("SIGTERM");
  });
  expect(end).toEqual({ code: 0, said: "ready\nsignal received\nstopping by SIGTERM\n" });
});

test("the second signal exits at once", async () => {
  const end = await run("", (said, kill) => {
    if (said.endsWith("ready\n")) kill("SIGTERM");
    if (said.endsWith("received\n")) kill("SIGINT");
  });
  expect(end).toEqual({ code: 1, said: "ready\nsignal received\n" });
});

test.each([
  { what: "a rejection that nobody handles", code: 'void Promise.reject(new Error("forgotten"));' },
  { what: "an exception that nobody catches", code: 'setTimeout(() => { throw new Error("forgotten"); });' },
])("$what ends it with exit code 1, and nothing more is done", async ({ code }) => {
  const { code: exit, said } = await run(`process.on("beforeExit", () => say("went on")); ${code}`);
  expect([exit, said]).toEqual([1, "ready\ncrashed: forgotten\n"]);
});
