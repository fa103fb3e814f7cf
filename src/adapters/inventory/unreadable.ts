import { AppError } from "../../reconcile/app-error.ts";

/** Why an inventory is not known, in words that go into a hold: stable between readings, without the customer's text and without secrets. */
export function unreadable(message: string, cause?: unknown): AppError {
  return new AppError("InventoryUnreadable", message, { cause });
}
