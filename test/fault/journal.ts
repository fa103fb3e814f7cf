import type { Logger, LogFields } from "../../src/runtime/logger.ts";
import type { Instant } from "../../src/domain/time.ts";

const LAST_LINES = 60;

/** What was said and done in a plan, by domain time, for people. */
export class Journal {
  readonly #lines: string[] = [];
  readonly #now: () => Instant;

  constructor(now: () => Instant) {
    this.#now = now;
  }

  say(message: string, fields: LogFields): void {
    this.#lines.push(`${new Date(this.#now()).toISOString()} ${message} ${JSON.stringify(fields)}`);
  }

  lastWords(): string {
    return this.#lines.slice(-LAST_LINES).join("\n");
  }

  /** For an operator; of a rehearsal's changes of pace there are too many. */
  logger(): Logger {
    const take = (level: string) => (message: string, fields: LogFields = {}) => {
      if (!message.endsWith("rehearsal anchor")) this.say(`${level} ${message}`, readable(fields));
    };
    const logger: Logger = { debug: take("debug"), info: take("info"), warn: take("warn"), error: take("error"), child: () => logger };
    return logger;
  }
}

function readable(fields: LogFields): LogFields {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, value instanceof Error ? value.message : value]));
}
