import { CronExpressionParser } from "cron-parser";

/** What the five fields of a cron expression allow, each list sorted; Sunday is 0 only. */
export interface CronFields {
  readonly minutes: readonly number[];
  readonly hours: readonly number[];
  readonly monthDays: readonly number[];
  readonly months: readonly number[];
  readonly weekdays: readonly number[];
  /** Both day fields are restricted, so a day needs to match only one of them (design §3.1). */
  readonly eitherDay: boolean;
}

export type CronFieldsResult =
  | { readonly kind: "valid"; readonly fields: CronFields }
  | { readonly kind: "invalid"; readonly message: string };

/** Reads the five fields of a cron expression, or says which one is wrong and what it may be (design §3.1). */
export function parseCronFields(text: string): CronFieldsResult {
  const written = text.trim().split(/[ \t]+/);
  if (text.trim() === "" || written.length !== FIELDS.length) {
    return invalid(`schedule "${text}" must have five fields (minute hour day-of-month month day-of-week), such as 0 3 * * 2`);
  }
  const values = FIELDS.map((field, index) => parseField(field, index, written));
  const wrong = values.indexOf(undefined);
  if (wrong !== -1) return invalid(explainField(FIELDS[wrong], written[wrong]));

  const [minutes = [], hours = [], monthDays = [], months = [], weekdays = []] = values;
  const eitherDay = isRestricted(written[2]) && isRestricted(written[4]);
  return { kind: "valid", fields: { minutes, hours, monthDays, months, weekdays, eitherDay } };
}

interface Field {
  readonly name: string;
  readonly range: string;
  readonly names: string;
  readonly key: "minute" | "hour" | "dayOfMonth" | "month" | "dayOfWeek";
}

const MONTH_NAMES = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec";
const DAY_NAMES = "sun|mon|tue|wed|thu|fri|sat";

const FIELDS: readonly Field[] = [
  { name: "minute", range: "0-59", names: "", key: "minute" },
  { name: "hour", range: "0-23", names: "", key: "hour" },
  { name: "day of month", range: "1-31", names: "", key: "dayOfMonth" },
  { name: "month", range: "1-12 or JAN-DEC", names: MONTH_NAMES, key: "month" },
  { name: "day of week", range: "0-7 or SUN-SAT", names: DAY_NAMES, key: "dayOfWeek" },
];

/** The values of one field, or undefined. */
function parseField(field: Field, index: number, written: readonly string[]): readonly number[] | undefined {
  const items = String(written[index]).split(",");
  if (!items.every((item) => shapeOf(field).test(item))) return undefined;
  try {
    return sortedSet(items.flatMap((item) => parseItem(field, index, item)));
  } catch {
    return undefined; // cron-parser throws for a value out of range, a range that runs backwards, a step of 0
  }
}

/**
 * The values of one item of a list, such as `1-5/2`. cron-parser gets each by itself, with every other field open,
 * because it refuses lists that say a value twice (`1-3,2`) and days that a month lacks, without saying so.
 */
function parseItem(field: Field, index: number, item: string): readonly number[] {
  const isWeekday = field.key === "dayOfWeek";
  const closed = isWeekday ? endAtSaturday(item) : item;
  const { fields } = CronExpressionParser.parse(["0", "0", "*", "*", "*"].with(index, closed).join(" "));
  const values = fields[field.key].values.map(Number);
  return isWeekday ? values.map((day) => day % 7) : values;
}

/** cron-parser also takes `?`, `H`, `L`, `#` and glued names (`janfeb` is December to it), so the shape is checked here. */
function shapeOf(field: Field): RegExp {
  const value = field.names === "" ? String.raw`\d{1,2}` : String.raw`(?:\d{1,2}|${field.names})`;
  return new RegExp(String.raw`^(?:\*|${value}(?:-${value})?)(?:/\d{1,2})?$`, "i");
}

/**
 * cron-parser runs `1/2` in the day of week on to 7, which is Sunday again; a Kubernetes CronJob ends it at 6.
 * (`7/2` thus becomes a range that runs backwards, and is refused: nobody can tell what it should mean.)
 */
function endAtSaturday(item: string): string {
  return item.replace(/^(\w+)\//, "$1-6/");
}

/** Vixie cron's rule: only a field that begins with `*` leaves the day open, so a stepped star does and `1,*` does not. */
function isRestricted(field: string | undefined): boolean {
  return field?.startsWith("*") !== true;
}

function sortedSet(values: readonly number[]): readonly number[] {
  return [...new Set(values)].sort((a, b) => a - b);
}

function explainField(field: Field | undefined, written: string | undefined): string {
  return `schedule: ${field?.name} "${written}" is not valid: write values in ${field?.range}, as in 1,3-5 or */2`;
}

function invalid(message: string): CronFieldsResult {
  return { kind: "invalid", message };
}
