/** An error that is its one line: what failed, where, how to mend it. The command line prints it without a stack. */
export class ClusterError extends Error {
  override readonly name = "ClusterError";
}

/** The message of whatever was thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

/** Takes one line for people: progress, or something that was mended on the way. */
export type Log = (line: string) => void;
