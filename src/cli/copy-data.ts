import type { Command } from "commander";
import type { Shell } from "./main.ts";

/** What the Job of a restore point runs; nobody types it. */
export function addCopyData(program: Command, shell: Shell): void {
  program
    .command("copy-data", { hidden: true })
    .description("copy the data of an Auth that runs, and check the copy")
    .requiredOption("--from <folder>", "where Auth's volume is mounted")
    .requiredOption("--to <folder>", "where the volume for the copy is mounted")
    .action(async ({ from, to }: { from: string; to: string }) => {
      const { copyData } = await import("../adapters/copy-data.ts");
      const { databases, files } = await copyData(from, to);
      shell.out(`copied ${databases} databases and ${files} other files\n`);
    });
}
