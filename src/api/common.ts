import { z } from "zod";
import { parseDuration } from "./duration.ts";

/** One CEL rule of a CRD: what must hold, and what to tell the person whose YAML broke it. */
export interface CelRule {
  readonly rule: string;
  readonly message: string;
  readonly fieldPath?: string;
  /** For a rule that also judges creation: `oldSelf` is then optional. */
  readonly optionalOldSelf?: boolean;
}

/** Attaches CEL rules to a schema; the generator writes them into the CRD. */
export function cel(...rules: readonly CelRule[]): { "x-kubernetes-validations": readonly CelRule[] } {
  return { "x-kubernetes-validations": rules };
}

/** Marks a list as keyed by fields, so that Server-Side Apply merges it by key. */
export function mapList(...keys: readonly string[]) {
  return { "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": keys } as const;
}

/** Marks a list as replaced whole. */
export const atomicList = { "x-kubernetes-list-type": "atomic" } as const;

/** Marks a list as a set of scalars. */
export const setList = { "x-kubernetes-list-type": "set" } as const;

export const DNS_LABEL = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";

/**
 * The CRD's CEL rules are the first check. What they say is repeated as refinements, so that manifests which no API server
 * has seen (`slacktide why -f`) are held to the same rules; refinements leave no trace in the CRD.
 */
const isInstant = (text: string): boolean => /^\d{4}-\d{2}-\d{2}T/.test(text) && !Number.isNaN(Date.parse(text));

export const timestamp = () => z.string().max(40).refine(isInstant, "must be an RFC 3339 time such as 2026-11-24T02:00:00Z").meta({ format: "date-time" });

const VERSION = /^v?(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9A-Za-z.-]+)?$/;

/** A semver version without build metadata; a leading `v` is dropped when it is read (design §4). */
export const version = () =>
  z
    .string()
    .max(64)
    .refine((text) => VERSION.test(text), "must be a full semantic version such as 17.2.1")
    .meta(
      cel({
        rule: "self.matches('^v?(0|[1-9][0-9]*)\\\\.(0|[1-9][0-9]*)\\\\.(0|[1-9][0-9]*)(-[0-9A-Za-z.-]+)?$')",
        message: "must be a full semantic version such as 17.2.1",
      }),
    );

/** A length of elapsed time in `h`, `m` and `s` only, between two bounds. */
export function duration(min: string, max: string) {
  const message = `must be a duration in h, m and s from ${min} to ${max}, such as 4h or 1h30m`;
  const isWithin = (text: string) => (parseDuration(text) ?? -1) >= (parseDuration(min) ?? 0) && (parseDuration(text) ?? Infinity) <= (parseDuration(max) ?? 0);
  const shape = "self.matches('^([0-9]+h)?([0-9]+m)?([0-9]+s)?$') && self.size() > 0";
  return z
    .string()
    .max(16)
    .refine(isWithin, message)
    .meta(
      cel({
        rule: `${shape} && duration(self) >= duration('${min}') && duration(self) <= duration('${max}')`,
        message,
      }),
    );
}

/** An IANA zone. The API server's zone database and Node's are asked both; either one's refusal counts. */
export const timeZone = () =>
  z
    .string()
    .max(64)
    .meta(
      cel({
        rule: "self.matches('^[A-Za-z]') && self != 'Local' && timestamp('2020-01-01T00:00:00Z').getHours(self) >= 0",
        message: "must be an IANA time zone such as Europe/Berlin, not an offset or abbreviation",
      }),
    );

const NUMBER = "[0-9]{1,2}";
const MONTH = `(${NUMBER}|(?i:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec))`;
const WEEKDAY = "([0-7]|(?i:sun|mon|tue|wed|thu|fri|sat))";
const field = (value: string) => {
  const item = `(\\\\*|${value}(-${value})?)(/${NUMBER})?`;
  return `${item}(,${item})*`;
};
const FIVE_FIELDS = [field(NUMBER), field(NUMBER), field(NUMBER), field(MONTH), field(WEEKDAY)].join(" ");

/** Five cron fields in wall-clock time; what a pattern cannot know (30 February) the controller refuses. */
export const schedule = () =>
  z
    .string()
    .max(100)
    .meta(
      cel({
        rule: `self.matches('^${FIVE_FIELDS}$')`,
        message: "must be five cron fields (minute hour day-of-month month day-of-week) such as '0 3 * * 2'",
      }),
    );

/** A percentage from 1% to 100%, or a whole number: for lists, where a CEL rule for each element would cost too much. */
export const intOrPercentInList = (min: number, max: number) =>
  z.union([z.int(), z.string()]).meta({ "x-kubernetes-int-or-string": true, pattern: "^([1-9][0-9]?|100)%$", minimum: min, maximum: max });

/** A whole number or a percentage, as Kubernetes' IntOrString. */
export const intOrPercent = (min: number, max: number) =>
  z.union([z.int(), z.string()]).meta({
    "x-kubernetes-int-or-string": true,
    ...cel({
      rule: `type(self) == int ? self >= ${min} && self <= ${max} : self.matches('^([1-9][0-9]?|100)%$')`,
      message: `must be a whole number from ${min} to ${max}, or a percentage from 1% to 100%`,
    }),
  });

export const laneNames = ["Patch", "Major"] as const;
export const laneName = () => z.enum(laneNames);
export type LaneName = (typeof laneNames)[number];

const labelValue = z.string().max(63);
export const labelSelector = () =>
  z
    .object({
      matchLabels: z.record(z.string(), labelValue).optional().describe("Labels that must all be present with these values."),
      matchExpressions: z
        .array(
          z.object({
            key: z.string().max(317).describe("The label's key."),
            operator: z.enum(["In", "NotIn", "Exists", "DoesNotExist"]).describe("How the values are compared."),
            values: z.array(labelValue).max(64).optional().describe("Needed for In and NotIn, absent otherwise.").meta(atomicList),
          }),
        )
        .max(16)
        .optional()
        .describe("Requirements that must all hold.")
        .meta(atomicList),
    })
    .meta(
      cel({
        rule: "!has(self.matchExpressions) || self.matchExpressions.all(e, (e.operator in ['In', 'NotIn']) == (has(e.values) && e.values.size() > 0))",
        message: "In and NotIn need values, Exists and DoesNotExist must have none",
      }),
    );
export type LabelSelector = z.infer<ReturnType<typeof labelSelector>>;

/** metav1.Condition, as every Kubernetes tool reads it. */
export const condition = z.object({
  type: z.string().max(316).describe("What the condition says, as an adjective or participle."),
  status: z.enum(["True", "False", "Unknown"]).describe("Whether it holds."),
  observedGeneration: z.int().optional().describe("The generation of the spec that was judged."),
  lastTransitionTime: timestamp().describe("When the status last changed."),
  reason: z.string().max(1024).describe("One CamelCase word for the cause."),
  message: z.string().max(32768).describe("One sentence for people; holds no times and no counters."),
});
export type Condition = z.infer<typeof condition>;

export const conditions = () =>
  z
    .array(condition)
    .max(32)
    .optional()
    .describe("The latest observations; Ready, Reconciling and Stalled follow kstatus.")
    .meta(mapList("type"));

/** One opening of a window: half-open, in UTC. */
export const opening = z.object({
  window: z.string().max(253).describe("The window that opened."),
  opensAt: timestamp().describe("The start that the attempt belongs to."),
  closesAt: timestamp().describe("When the merged stretch of openings closes."),
});

/** Config: the same version in pods of a newer template (design §9). */
export const upgradeClasses = ["Patch", "Security", "Major", "Config"] as const;
export const upgradeClass = () => z.enum(upgradeClasses);
export type UpgradeClass = (typeof upgradeClasses)[number];
