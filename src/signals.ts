import type { Logger } from "./runtime/logger.ts";

/** The first signal asks for an orderly stop; the second exits at once. */
export function stopSignal(log: Logger): Promise<string> {
  return new Promise((resolve) => {
    let asked = false;
    const onSignal = (signal: NodeJS.Signals) => {
      if (asked) process.exit(1);
      asked = true;
      log.info("signal received", { signal });
      resolve(signal);
    };
    process.on("SIGTERM", onSignal);
    process.on("SIGINT", onSignal);
  });
}

/** A bug that nobody caught, be it thrown or rejected, ends the process as a crash does: nothing is written any more. */
export function exitOnCrash(log: Logger): void {
  process.on("uncaughtException", (error, origin) => {
    log.error("crashed", { error, origin });
    process.exit(1);
  });
}
