import type { Command } from "commander";
import type { Shell } from "./main.ts";

/** What the Jobs of restore points and of volumes made from them run; nobody types it. */
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
  program
    .command("check-data", { hidden: true })
    .description("check the data that a volume was given")
    .requiredOption("--in <folder>", "where the volume is mounted")
    .action(async ({ in: folder }: { in: string }) => {
      const { checkData } = await import("../adapters/copy-data.ts");
      const { databases } = await checkData(folder);
      shell.out(`checked ${databases} databases\n`);
    });
}
