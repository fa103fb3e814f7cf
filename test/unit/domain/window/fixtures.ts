import { compileWindow, type Window, type WindowSpec } from "../../../../src/domain/window/window.ts";

export const TUESDAY: WindowSpec = { schedule: "0 3 * * 2", duration: "4h", timeZone: "UTC", lanes: ["Patch", "Major"] };

/** A valid window; what is not given is as in TUESDAY, and it is named after its schedule. */
export function windowOf(spec: Partial<WindowSpec>, name = spec.schedule ?? "tuesday"): Window {
  const window = compileWindow(name, { ...TUESDAY, ...spec });
  if (window.kind === "invalid") throw new Error(window.problems.join("; "));
  return window;
}

export function at(iso: string): number {
  return Date.parse(iso);
}
