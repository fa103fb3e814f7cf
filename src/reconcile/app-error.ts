/** What an expected failure is called; the code appears in conditions, logs and metrics. */
export type ErrorCode = "InventoryUnreadable" | "ObjectNotOurs" | "PortsNotReleased" | "ScheduleNotPublished" | "ViewOutdated";

/** An expected failure of a read or write, with a message fit for people: what failed, which object, why. */
export class AppError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "AppError";
    this.code = code;
  }
}
