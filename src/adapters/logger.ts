import { pino } from "pino";
import type { DestinationStream, Logger as Pino } from "pino";

import type { LogFields, Logger } from "../runtime/logger.ts";

export type LogLevel = "debug" | "info" | "warn" | "error";

export interface LoggerOptions {
  readonly level: LogLevel;
  /** Default: standard error, so that commands keep standard output for their answer. */
  readonly destination?: DestinationStream;
}

/** Names of fields whose values are never written, at any depth down to four. */
const SECRETS = ["token", "password", "secret", "authorization", "Authorization", "data", "stringData", "certData", "keyData"];

/** One JSON object a line: `time` (RFC 3339), `level` as a word, `message`, and the fields. */
export function createLogger(options: LoggerOptions): Logger {
  const paths = SECRETS.flatMap((name) => [name, `*.${name}`, `*.*.${name}`, `*.*.*.${name}`]);
  const settings = {
    level: options.level,
    messageKey: "message",
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    serializers: { error: describeError },
    redact: { paths, censor: "(hidden)" },
  };
  return wrap(pino(settings, options.destination ?? pino.destination({ fd: 2, sync: true })));
}

function wrap(log: Pino): Logger {
  return {
    debug: (message: string, fields: LogFields = {}) => log.debug(fields, message),
    info: (message: string, fields: LogFields = {}) => log.info(fields, message),
    warn: (message: string, fields: LogFields = {}) => log.warn(fields, message),
    error: (message: string, fields: LogFields = {}) => log.error(fields, message),
    child: (fields: LogFields) => wrap(log.child(fields)),
  };
}

/** An error as its message, its chain of causes, and its stack; its other properties may hold anything and stay out. */
function describeError(error: unknown): unknown {
  if (!(error instanceof Error)) return String(error);
  const causes: string[] = [];
  for (let cause = error.cause; cause instanceof Error && causes.length < 5; cause = cause.cause) causes.push(cause.message);
  return { name: error.name, message: error.message, ...(causes.length === 0 ? {} : { causes }), stack: error.stack };
}
