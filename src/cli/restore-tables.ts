import { InvalidArgumentError, type Command } from "commander";
import type { TablePair } from "../adapters/restore-tables.ts";
import { stampOf, type Instant } from "../domain/time.ts";
import { instant } from "./arguments.ts";
import { UsageError } from "./errors.ts";
import type { Shell } from "./main.ts";

/** AWS makes a table in minutes or hours. */
const PACE_MS = 15_000;
/** Five minutes, in looks. */
const PATIENCE = 20;

interface Flags {
  readonly region: string;
  readonly at: Instant;
  readonly table: readonly TablePair[];
}

/** What the Job of a restore in AWS runs; nobody types it. Its one line tells whoever reads the Job's log what was made. */
export function addRestoreTables(program: Command, shell: Shell, paceMs = PACE_MS): void {
  program
    .command("restore-tables", { hidden: true })
    .description("bring tables of DynamoDB back to an instant, each into a new one, and wait until they can be used")
    .requiredOption("--region <region>", "of the tables")
    .requiredOption("--at <instant>", "the instant, to the second", instant)
    .requiredOption("--table <source=target>", "a table and the new one; may be given several times", pairs)
    .action(async ({ region, at, table }: Flags) => {
      const { dynamoClient, RestoreError, restoreTables } = await import("../adapters/restore-tables.ts");
      const tables = await restoreTables(table, { client: dynamoClient(region), at, paceMs, patience: PATIENCE }).catch((error: unknown) => {
        // By its exit code the Job knows that trying again is of no use.
        throw error instanceof RestoreError ? new UsageError(error.message) : error;
      });
      shell.out(`${JSON.stringify({ at: stampOf(at), tables })}\n`);
    });
}

function pairs(text: string, before: readonly TablePair[] = []): readonly TablePair[] {
  const [source = "", target = "", ...more] = text.split("=");
  if (source === "" || target === "" || source === target || more.length > 0) throw new InvalidArgumentError(`"${text}" is not <source>=<target>`);
  return [...before, { source, target }];
}
