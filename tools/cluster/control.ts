import { createConnection, createServer } from "node:net";
import { createInterface } from "node:readline";
import { ClusterError, messageOf } from "./failure.ts";

/** What a supervisor does when asked over its socket, by the command's name. */
export type Commands = { readonly "restart-api-server": () => Promise<void> };

/** Answers one command a connection: a line with its name in, a line with `ok` or what went wrong out. */
export async function serveControl(path: string, commands: Commands): Promise<void> {
  const server = createServer((socket) => {
    socket.on("error", () => undefined); // the asker left; the command runs all the same
    createInterface(socket).once("line", (line) => {
      void answer(line, commands).then((text) => socket.end(`${text}\n`));
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(path, resolve);
  });
}

async function answer(line: string, commands: Commands): Promise<string> {
  if (line !== "restart-api-server") return `unknown command ${line}`;
  try {
    await commands[line]();
    return "ok";
  } catch (error) {
    return messageOf(error);
  }
}

/** Asks the supervisor behind the socket and waits until it has done it. */
export async function ask(path: string, command: keyof Commands): Promise<void> {
  const reply = await new Promise<string>((resolve, reject) => {
    const socket = createConnection(path, () => socket.write(`${command}\n`));
    socket.once("error", (error) => reject(new ClusterError(`the cluster does not answer at ${path}: ${error.message}: start it again`)));
    const lines = createInterface(socket);
    lines.on("error", () => undefined); // said by the socket itself
    lines.once("line", resolve).once("close", () => resolve("it ended without an answer"));
  });
  if (reply !== "ok") throw new ClusterError(`${command} failed: ${reply}`);
}
