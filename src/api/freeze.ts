import { z } from "zod";
import { conditions, labelSelector, laneName, setList, timestamp } from "./common.ts";

const spec = z.object({
  from: timestamp().optional().describe("From when it holds. Absent: from its creation."),
  until: timestamp().describe("When it ends: a freeze always ends, at most 90 days after it began."),
  lanes: z
    .array(laneName())
    .min(1)
    .max(2)
    .default(["Patch", "Major"])
    .describe("What may not start: patches, majors or both.")
    .meta(setList),
  tenantSelector: labelSelector().optional().describe("The tenants it holds. Absent or {}: all. Sees the label slacktide.dev/name."),
  channel: z.string().min(1).max(253).optional().describe("Holds only tenants of this channel. Absent: of every one."),
  pauseRunning: z.boolean().default(false).describe("Whether upgrades under way are held too, at their next safe point: between steps and between regions."),
  exceptSecurity: z.boolean().default(false).describe("Whether security upgrades may start all the same."),
  owner: z.string().min(1).max(253).describe("Who answers for it."),
  reason: z.string().min(1).max(512).describe("Why nothing may start; every tenant that it holds says so."),
});

const status = z.object({
  observedGeneration: z.int().optional().describe("The generation this status was computed from."),
  active: z.boolean().optional().describe("Whether it holds now."),
  tenants: z.int().optional().describe("How many tenants it covers."),
  conditions: conditions(),
});

/** A period in which nothing, or no major, may start; always ends, always has a reason and an owner (design §2). */
export const freeze = { spec, status };
export type FreezeSpec = z.infer<typeof spec>;
export type FreezeStatus = z.infer<typeof status>;
