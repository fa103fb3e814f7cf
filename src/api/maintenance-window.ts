import { z } from "zod";
import { atomicList, cel, conditions, duration, labelSelector, laneName, schedule, setList, timestamp, timeZone } from "./common.ts";

const spec = z.object({
  schedule: schedule().describe("When it opens: five cron fields, wall clock in timeZone. The weekday is that of the start."),
  duration: duration("15m", "168h").describe("How long it stays open, as elapsed time from 15m to 168h."),
  timeZone: timeZone().default("UTC").describe("The IANA zone of the schedule."),
  lanes: z
    .array(laneName())
    .min(1)
    .max(2)
    .default(["Patch", "Major"])
    .describe("What may start in it: patches, majors or both.")
    .meta(setList),
  tenantSelector: labelSelector()
    .optional()
    .describe("The tenants it binds that list no windows themselves. Absent: none. {}: all. Sees the label slacktide.dev/name."),
  except: z
    .array(
      z.string().max(10).meta(
        cel({
          rule: "self.matches('^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$')",
          message: "must be a local date such as 2026-12-24",
        }),
      ),
    )
    .max(366)
    .optional()
    .describe("Local dates on which it does not open.")
    .meta(atomicList),
  until: timestamp().optional().describe("From this instant on it no longer opens; a one-off is a window with an `until`."),
});

const status = z.object({
  observedGeneration: z.int().optional().describe("The generation this status was computed from."),
  open: z.boolean().optional().describe("Whether it is open now."),
  opensAt: timestamp().optional().describe("The start of the current opening."),
  closesAt: timestamp().optional().describe("The end of the current opening."),
  nextOpensAt: timestamp().optional().describe("The next start."),
  nextOpenings: z.array(timestamp()).max(5).optional().describe("The next starts, at most five.").meta(atomicList),
  tenants: z.int().optional().describe("How many tenants it binds."),
  conditions: conditions(),
});

/** When upgrades may start: cron start, duration, IANA zone (design §3). */
export const maintenanceWindow = { spec, status };
export type MaintenanceWindowSpec = z.infer<typeof spec>;
export type MaintenanceWindowStatus = z.infer<typeof status>;
