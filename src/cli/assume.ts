import { readFileSync } from "node:fs";
import type { Command } from "commander";
import { parse } from "yaml";
import { z } from "zod";
import { parseDuration } from "../api/duration.ts";
import { loadPlatform } from "../adapters/config.ts";
import { usualAssumptions, type Assumptions } from "../domain/forecast/assumptions.ts";
import { parseVersion } from "../domain/release/version.ts";
import { formatDuration, instantOf, isoOf, SECOND } from "../domain/time.ts";
import { UsageError } from "./errors.ts";

const duration = z.string().refine((text) => parseDuration(text) !== undefined, "must be a length in h, m and s, such as 45s");
const timestamp = z.string().refine((text) => instantOf(text) !== undefined, "must be an RFC 3339 instant such as 2026-12-01T00:00:00Z");
const version = z.string().refine((text) => parseVersion(text) !== undefined, "must be a version such as 17.2.3");

/** What a person assumes of the future: the file that `--assume` names. */
const schema = z.strictObject({
  podStart: duration.optional(),
  preflight: duration.optional(),
  agents: z.array(z.strictObject({ tenant: z.string().min(1), catchUpAt: z.array(timestamp).min(1) })).default([]),
  failures: z.array(z.strictObject({ version, tenants: z.array(z.string().min(1)).min(1).optional() })).default([]),
});

export interface AssumeFlags {
  readonly assume?: string;
  readonly config?: string;
}

/** What every command takes that foresees something. */
export function withAssumptions(command: Command): Command {
  return command
    .option("--assume <file>", "what is assumed of agents, failures and pods (YAML)")
    .option("--config <file>", "the platform's configuration, for the timings of pods")
    .option("--kubeconfig <file>", "kubeconfig to use");
}

/** Assumptions from a YAML file, and the timings of pods from the platform's configuration. Throws UsageError or ConfigError. */
export function assumptionsFrom({ assume, config }: AssumeFlags): Assumptions {
  const usual = usualAssumptions(loadPlatform(config).pods);
  if (assume === undefined) return usual;
  const { podStart, preflight, agents, failures } = readFile(assume);
  const ms = (text: string | undefined, fallback: number) => (text === undefined ? fallback : (parseDuration(text) ?? fallback));
  return {
    ...usual,
    podStartMs: ms(podStart, usual.podStartMs),
    preflightMs: ms(preflight, usual.preflightMs),
    catchUps: new Map(agents.map(({ tenant, catchUpAt }) => [tenant, catchUpAt.map((text) => instantOf(text) ?? 0).sort((a, b) => a - b)])),
    failures: failures.map((failure) => ({ version: parseVersion(failure.version) ?? failure.version, ...(failure.tenants && { tenants: new Set(failure.tenants) }) })),
  };
}

function readFile(path: string): z.infer<typeof schema> {
  const found = schema.safeParse(yamlOf(path));
  if (found.success) return found.data;
  const problems = found.error.issues.map((issue) => `${issue.path.length === 0 ? "the file" : issue.path.join(".")}: ${issue.message}`);
  throw new UsageError(`assumptions "${path}": ${problems.join("; ")}`);
}

function yamlOf(path: string): unknown {
  try {
    return parse(readFileSync(path, "utf8")) ?? {};
  } catch (error) {
    const [line = ""] = (error instanceof Error ? error.message : String(error)).split("\n");
    throw new UsageError(`assumptions "${path}": ${line.replace(/^E[A-Z]+: (.*), \w+( '.*')?$/, "$1")}`);
  }
}

/** The assumptions in words, one line each. */
export function assumptionLines({ pods, podStartMs, preflightMs, catchUps, failures }: Assumptions): readonly string[] {
  return [
    `a pod is Ready ${formatDuration(podStartMs)} after it was made, counts as available ${pods.minReadySeconds}s later, and ends within its grace (Auth ${pods.authGraceSeconds}s, proxies ${pods.proxyGraceSeconds}s); Preflight takes ${formatDuration(preflightMs)}, Verify ${formatDuration(pods.verifySeconds * SECOND)}`,
    "nobody changes a window, a channel, a freeze or a tenant",
    catchUps.size === 0 ? "agents stay at the versions that they run" : `agents stay at the versions that they run, but catch up: ${[...catchUps].map(([tenant, at]) => `${tenant} ${at.map(isoOf).join(", ")}`).join("; ")}`,
    failures.length === 0 ? "every upgrade succeeds" : `every upgrade succeeds but those to ${failures.map(({ version: failing, tenants }) => `${failing}${tenants === undefined ? "" : ` on ${[...tenants].join(", ")}`}`).join("; ")}`,
  ];
}
