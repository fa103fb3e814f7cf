import { setTimeout as sleep } from "node:timers/promises";
import { DescribeContinuousBackupsCommand, DescribeTableCommand, DynamoDBClient, RestoreTableToPointInTimeCommand, type TableDescription } from "@aws-sdk/client-dynamodb";
import { stampOf, type Instant } from "../domain/time.ts";

/** A table of DynamoDB, and the new one that is to hold what it held. */
export interface TablePair {
  readonly source: string;
  readonly target: string;
}

/** What tables are brought back with. */
export interface RestoreTerms {
  readonly client: DynamoDBClient;
  /** To the second. */
  readonly at: Instant;
  /** How long to wait between two looks, in milliseconds. */
  readonly paceMs: number;
  /** How many looks in a row may fail before it is given up for now: IAM takes minutes to tell all its parts of a new role. */
  readonly patience: number;
}

/** A table as it was brought back; `tableId` tells it from any other one of its name, earlier or later. */
export interface RestoredTable extends TablePair {
  readonly tableId: string;
}

/** A table that cannot be brought back, whoever tries again: the message says which, why, and what to do. */
export class RestoreError extends Error {
  override readonly name = "RestoreError";
}

/** A client with the identity that the pod's ServiceAccount has in AWS; nothing secret passes through us. */
export function dynamoClient(region: string): DynamoDBClient {
  return new DynamoDBClient({ region, requestHandler: { connectionTimeout: 5_000, requestTimeout: 30_000 } });
}

/**
 * Brings tables back to an instant, each into a new one (row F5), and waits until all of them can be used. Run again it goes on where
 * it was: a target that is there is looked at and never asked for twice, and one that is not what was asked for is left alone. Throws
 * RestoreError as soon as one of them cannot be brought back; anything else that goes wrong may go better another time, and is thrown
 * when it has not for as long as the terms allow. Every look is one at all of them: AWS is asked for each, whatever it says of another.
 */
export async function restoreTables(pairs: readonly TablePair[], terms: RestoreTerms): Promise<readonly RestoredTable[]> {
  for (let failures = 0; ; ) {
    const looks = await Promise.allSettled(pairs.map((pair) => restoreTable(pair, terms)));
    const errors = looks.flatMap((look): readonly unknown[] => (look.status === "rejected" ? [look.reason] : []));
    failures = errors.length === 0 ? 0 : failures + 1;
    const final = errors.find(isFinal) ?? (failures > terms.patience ? errors[0] : undefined);
    if (final !== undefined) throw final;
    const restored = looks.flatMap((look) => (look.status === "fulfilled" && look.value !== undefined ? [look.value] : []));
    if (restored.length === pairs.length) return restored;
    await sleep(terms.paceMs);
  }
}

/** No waiting changes it; where AWS finds a request wrong, not its time, that is ours. */
function isFinal(error: unknown): boolean {
  return error instanceof RestoreError || isCalled(error, "ValidationException");
}

/** One look: asks for the table if there is none; undefined until it can be used. */
async function restoreTable(pair: TablePair, terms: RestoreTerms): Promise<RestoredTable | undefined> {
  const found = await describe(pair.target, terms);
  if (found !== undefined) return judged(found, pair, terms);
  await request(pair, terms);
  return undefined;
}

async function describe(TableName: string, { client }: RestoreTerms): Promise<TableDescription | undefined> {
  try {
    return (await client.send(new DescribeTableCommand({ TableName }))).Table;
  } catch (error) {
    if (isCalled(error, "ResourceNotFoundException")) return undefined;
    throw error;
  }
}

/** Undefined while it is being made. */
function judged({ TableStatus, TableId = "", RestoreSummary }: TableDescription, pair: TablePair, { at }: RestoreTerms): RestoredTable | undefined {
  const { source, target } = pair;
  const isOurs = RestoreSummary?.SourceTableArn?.endsWith(`:table/${source}`) === true && isSecond(RestoreSummary.RestoreDateTime, at);
  if (!isOurs) throw new RestoreError(`table ${target} is there and is not ${source} as of ${stampOf(at)}: nothing was changed; ask again under another name`);
  if (TableStatus === "ACTIVE" && RestoreSummary?.RestoreInProgress !== true) return { ...pair, tableId: TableId };
  if (TableStatus === "ACTIVE" || TableStatus === "CREATING" || TableStatus === "UPDATING") return undefined;
  throw new RestoreError(`table ${target} is ${TableStatus ?? "in no state that AWS tells"}: ask again under another name`);
}

function isSecond(date: Date | undefined, at: Instant): boolean {
  return date !== undefined && stampOf(date.getTime()) === stampOf(at);
}

/** What AWS says of a request that only has to wait: another run of ours was faster, or the account is busy with restores. */
const WAITED_FOR = ["TableAlreadyExistsException", "TableInUseException", "ResourceInUseException", "LimitExceededException"] as const;

async function request({ source, target }: TablePair, terms: RestoreTerms): Promise<void> {
  const { client, at } = terms;
  try {
    await client.send(new RestoreTableToPointInTimeCommand({ SourceTableName: source, TargetTableName: target, RestoreDateTime: new Date(at) }));
  } catch (error) {
    if (isCalled(error, ...WAITED_FOR)) return;
    if (isCalled(error, "InvalidRestoreTimeException")) {
      await expectReach(source, terms);
      return;
    }
    if (isCalled(error, "PointInTimeRecoveryUnavailableException")) throw new RestoreError(`table ${source} has no point-in-time recovery: switch it on, and choose a point after that`, { cause: error });
    if (isCalled(error, "TableNotFoundException")) throw new RestoreError(`table ${source} is gone, and with it all that it could be brought back to`, { cause: error });
    throw error;
  }
}

/** AWS is some minutes behind: an instant that it does not know yet is waited for, one that it knows no more is not. */
async function expectReach(TableName: string, { client, at }: RestoreTerms): Promise<void> {
  const { ContinuousBackupsDescription } = await client.send(new DescribeContinuousBackupsCommand({ TableName }));
  const { EarliestRestorableDateTime: earliest } = ContinuousBackupsDescription?.PointInTimeRecoveryDescription ?? {};
  if (earliest === undefined) throw new RestoreError(`table ${TableName} has no point-in-time recovery: switch it on, and choose a point after that`);
  if (earliest.getTime() > at) throw new RestoreError(`table ${TableName} cannot be brought back to ${stampOf(at)}: AWS has it from ${stampOf(earliest.getTime())} on; choose a later point`);
}

function isCalled(error: unknown, ...names: readonly string[]): boolean {
  return error instanceof Error && names.includes(error.name);
}
