import { formatDuration, instantOf, SECOND } from "../domain/time.ts";
import { endOf, wayText, type Attempt } from "./attempts.ts";
import { section } from "./forecast-text.ts";
import { item, listing } from "./text.ts";

/** What `slacktide history` prints. */
export interface HistoryReport {
  /** The newest first. */
  readonly attempts: readonly Attempt[];
  /** How many more there are. */
  readonly left: number;
  /** What is said where there are none. */
  readonly nothing: string;
  readonly problems: readonly string[];
  /** Columns of the terminal. */
  readonly width: number;
}

type Column = readonly [header: string, cell: (attempt: Attempt) => string | undefined];

const COLUMNS: readonly Column[] = [
  ["FINISHED", ({ finishedAt }) => finishedAt ?? "not yet"],
  ["TENANT", ({ tenant }) => tenant],
  ["FROM", ({ from }) => from],
  ["TO", ({ to }) => to],
  ["CLASS", (attempt) => attempt.class],
  ["RESULT", ({ result }) => result],
  ["STARTED", ({ disruptiveAt }) => disruptiveAt],
  ["TOOK", tookText],
  ["WINDOW", ({ window }) => window],
  ["APPROVALS", ({ approvals = [] }) => (approvals.length === 0 ? undefined : approvals.join(", "))],
];

/** One row an attempt, and under it by which way it went and what went wrong. A column that has nothing to say is left out. */
export function historyText({ attempts, left, nothing, problems, width }: HistoryReport): string {
  const columns = COLUMNS.filter(([, cell]) => attempts.some((attempt) => cell(attempt) !== undefined));
  const rows = attempts.map((attempt) => columns.map(([, cell]) => cell(attempt)));
  const parts = [
    attempts.length === 0 ? nothing : listing({ headers: columns.map(([header]) => header), rows, notes: attempts.map(noteOf), width }),
    ...(left === 0 ? [] : [`and ${left} more: --limit shows them`]),
    ...(problems.length === 0 ? [] : ["", ...section("Left out:", problems.map((problem) => item("-", problem, { indent: 2, width })))]),
  ];
  return `${parts.join("\n").trimEnd()}\n`;
}

function noteOf(attempt: Attempt): string | undefined {
  const parts = [wayText(attempt), attempt.message].filter((part) => part !== undefined);
  return parts.length === 0 ? undefined : parts.join("; ");
}

/** The same as data. */
export function historyData({ attempts, left, problems }: Pick<HistoryReport, "attempts" | "left" | "problems">) {
  return { attempts: attempts.map((attempt) => ({ ...attempt, ...tookData(attempt) })), left, problems };
}

function tookText(attempt: Attempt): string | undefined {
  const ms = tookMs(attempt);
  return ms === undefined ? undefined : formatDuration(ms);
}

function tookData(attempt: Attempt) {
  const ms = tookMs(attempt);
  return ms === undefined ? {} : { tookSeconds: ms / SECOND };
}

/** From its first write to its end; absent: it never wrote, is under way, or the clock was set back in between. */
function tookMs(attempt: Attempt): number | undefined {
  const [start, end] = [instantOf(attempt.disruptiveAt), endOf(attempt)];
  return start === undefined || !Number.isFinite(end) || end < start ? undefined : end - start;
}
