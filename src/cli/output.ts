import { Option } from "commander";
import { stringify } from "yaml";

export type Format = "table" | "json" | "yaml";

/** `-o`, with further formats where a command has them. */
export function format(...more: readonly string[]): Option {
  return new Option("-o, --output <format>", "how to print").choices(["table", "json", "yaml", ...more]).default("table");
}

/** A value as a machine reads it. */
export function formatted(value: unknown, output: "json" | "yaml"): string {
  return `${(output === "json" ? JSON.stringify(value) : stringify(value)).trimEnd()}\n`;
}
