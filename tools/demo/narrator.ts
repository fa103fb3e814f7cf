import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { TenantStatus } from "../../src/api/index.ts";
import { tell } from "./story.ts";

/** Where the narrator gets its facts: the tenants as kubectl watches them, and the rehearsed time. */
export interface NarratorOptions {
  readonly kubectlPath: string;
  readonly kubeconfig: string;
  /** The rehearsed instant of now, RFC 3339. */
  readonly rehearsed: () => string;
  readonly print: (line: string) => void;
}

interface WatchedTenant {
  readonly metadata: { readonly name: string };
  readonly status?: TenantStatus;
}

/** Follows every tenant with `kubectl get --watch` and tells what changes, until stopped. */
export function startNarrator(options: NarratorOptions): { stop(): void } {
  const known = new Map<string, TenantStatus>();
  const args = ["get", "tenants", "--watch", "--output=json", `--kubeconfig=${options.kubeconfig}`];
  const kubectl = spawn(options.kubectlPath, args, { stdio: ["ignore", "pipe", "ignore"] });
  let text = "";
  createInterface({ input: kubectl.stdout }).on("line", (line) => {
    text += `${line}\n`;
    // kubectl prints one indented object after the other: a line with a lone brace ends one.
    if (line !== "}") return;
    const tenant = JSON.parse(text) as WatchedTenant; // what kubectl prints of our kind
    text = "";
    follow(tenant, known, options);
  });
  return { stop: () => void kubectl.kill() };
}

function follow({ metadata, status }: WatchedTenant, known: Map<string, TenantStatus>, { rehearsed, print }: NarratorOptions): void {
  if (status === undefined) return;
  for (const { what, why } of tell(known.get(metadata.name), status)) print(columns(rehearsed(), metadata.name, what, why));
  known.set(metadata.name, status);
}

const WEEKDAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];

/** `Tue 12-01 02:00  acme     patch 17.2.1 -> 17.2.3 is claimed      window … is open`. */
export function columns(iso: string, tenant: string, what: string, why: string): string {
  const weekday = WEEKDAYS[new Date(iso).getUTCDay()] ?? "";
  const time = `${weekday} ${iso.slice(5, 10)} ${iso.slice(11, 16)}`;
  return `${time}  ${tenant.padEnd(8)} ${what.padEnd(42)} ${why}`;
}
