import { readFileSync } from "node:fs";
import { join } from "node:path";
import { PrometheusRule } from "@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/PrometheusRule";
import { parser } from "@prometheus-io/lezer-promql";
import { describe, expect, it, test } from "vitest";
import { parse } from "yaml";
import { z } from "zod";
import { EVENT_LOOP_METRICS } from "../../../src/adapters/event-loop.ts";
import { SLACKTIDE_METRICS } from "../../../src/adapters/meter.ts";
import { VERSION_SERVER_METRICS } from "../../../src/adapters/version-server.ts";
import { holdCodes, tellingReasons } from "../../../src/api/index.ts";
import type { FollowState } from "../../../src/domain/agents/follow.ts";
import type { SupportReason } from "../../../src/domain/release/support.ts";
import type { PurgeHeld } from "../../../src/domain/status/lapse-status.ts";
import { KUBE_METRICS } from "../../../src/kube/metrics.ts";
import { MEMBER_METRICS } from "../../../src/member-session.ts";
import { CONTROLLER_METRICS } from "../../../src/runtime/controller-meter.ts";
import { LEADER_METRICS } from "../../../src/runtime/leader.ts";
import type { MetricDefinition } from "../../../src/runtime/metrics.ts";
import { QUEUE_METRICS } from "../../../src/runtime/queue-meter.ts";

const ROOT = join(import.meta.dirname, "../../..");
const page = readFileSync(join(ROOT, "docs/monitoring.md"), "utf8");
const written = readFileSync(join(ROOT, "charts/slacktide/files/alerts.yaml"), "utf8");
const file = z
  .strictObject({ groups: z.array(z.strictObject({ name: z.string(), rules: z.array(z.strictObject({ alert: z.string(), expr: z.string(), for: z.string().optional(), labels: z.strictObject({ severity: z.enum(["critical", "warning"]) }), annotations: z.strictObject({ summary: z.string() }) })) })) })
  .parse(parse(written));
const alerts = file.groups.flatMap(({ rules }) => rules);

const OWN = [...SLACKTIDE_METRICS, ...EVENT_LOOP_METRICS, ...VERSION_SERVER_METRICS, ...MEMBER_METRICS];
const METRICS = new Map([...OWN, ...KUBE_METRICS, ...CONTROLLER_METRICS, ...LEADER_METRICS, ...QUEUE_METRICS].map((metric) => [metric.name, metric]));
/** Labels that Prometheus gives what it scrapes. */
const OF_TARGETS = ["cluster", "namespace", "pod", "job", "instance"];
/** What other operators show as well is asked of ours alone. */
const OURS = "and on (cluster, namespace, job, instance) slacktide_build_info";
/** Reasons of conditions that are counted; the compiler knows them. */
const REASONS = ["FollowDueSoon", "FollowOverdue", "EndOfLifeWithin30Days", "EndOfLifeWithin7Days", "EndOfLife", "PurgesLimited"] satisfies readonly (FollowState | SupportReason | PurgeHeld)[];
const VALUES: Readonly<Record<string, readonly string[]>> = { code: [...holdCodes, "503"], reason: [...REASONS, ...tellingReasons] };

interface Read {
  readonly errors: number;
  readonly metrics: readonly MetricDefinition[];
  readonly unknown: readonly string[];
  readonly labels: readonly string[];
  readonly matched: readonly { readonly label: string; readonly values: readonly string[] }[];
}

/** An expression, by Prometheus's own grammar. */
function read(expression: string): Read {
  const found = { errors: 0, names: [] as string[], labels: [] as string[], matched: [] as { label: string; values: string[] }[] };
  parser.parse(expression).iterate({
    enter: ({ name, type, from, to }) => {
      const text = expression.slice(from, to);
      if (type.isError) found.errors += 1;
      if (name === "Identifier") found.names.push(text);
      if (name === "LabelName") found.labels.push(text);
      const [, label = "", value = ""] = name === "UnquotedLabelMatcher" ? (/^(\w+)=~?"(.*)"$/.exec(text) ?? []) : [];
      if (label !== "") found.matched.push({ label, values: value.split("|") });
    },
  });
  return { ...found, metrics: found.names.flatMap((name) => METRICS.get(name) ?? []), unknown: found.names.filter((name) => !METRICS.has(name)) };
}

const inTable = (pattern: RegExp): readonly string[] => [...page.matchAll(pattern)].map(([, name = ""]) => name).sort();

describe("alerts", () => {
  test.each(alerts)("$alert asks for what is measured", ({ expr }) => {
    const { errors, metrics, unknown, labels, matched } = read(expr);
    expect({ errors, unknown }).toEqual({ errors: 0, unknown: [] });
    expect(metrics.length).toBeGreaterThan(0);
    expect(labels.filter((label) => ![...OF_TARGETS, ...metrics.flatMap((metric) => metric.labels ?? [])].includes(label))).toEqual([]);
    expect(expr.split(OURS).length - 1).toBe(metrics.filter(({ name }) => !name.startsWith("slacktide_")).length);
    for (const { label, values } of matched) expect(VALUES[label]).toEqual(expect.arrayContaining([...values]));
  });

  it("are as the Prometheus operator wants them", () => {
    const rule = new PrometheusRule({ metadata: { name: "slacktide" }, spec: parse(written) });
    expect(() => rule.validate()).not.toThrow();
  });

  it("stand on the page, each with what to do", () => {
    expect(inTable(/^\| `(Slacktide\w+)` \|/gm)).toEqual(alerts.map(({ alert }) => alert).sort());
  });
});

it("docs/monitoring.md knows every metric of ours, with its labels", () => {
  const ours = [...METRICS.values()].filter(({ name }) => name.startsWith("slacktide_")).map(({ name, labels = [] }) => (labels.length === 0 ? name : `${name}{${labels.join(",")}}`));
  expect(inTable(/^\| `(slacktide_[^`]+)` \|/gm)).toEqual(ours.sort());
});
