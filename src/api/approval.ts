import { z } from "zod";
import { atomicList, cel, conditions, setList, timestamp, version } from "./common.ts";
import { holdCodes, HOLDS, type HoldCode } from "./hold.ts";

/** That an inventory which turned empty is empty indeed: no hold of its own, but what makes one go (design §5). */
export const INVENTORY_EMPTY = "InventoryEmpty";

/** What an Approval can lift: holds that may be, and `InventoryEmpty`. */
export type Liftable = HoldCode | typeof INVENTORY_EMPTY;

/** Everything that an Approval can lift. */
export const liftable: readonly [Liftable, ...Liftable[]] = [INVENTORY_EMPTY, ...holdCodes.filter((code) => HOLDS[code].liftable)];

const spec = z
  .object({
    tenants: z.array(z.string().min(1).max(40)).min(1).max(500).describe("The tenants, by name; there are no patterns.").meta(setList),
    version: version().describe("The release that is approved; it becomes the target of the lane that it fits."),
    lifts: z
      .array(z.enum([...liftable]))
      .min(1)
      .max(32)
      .describe("The holds that it lifts; OutsideWindow stands for every hold of a window that is not open. InventoryEmpty attests that a tenant has no agents any more.")
      .meta(setList),
    requestedBy: z.string().min(1).max(253).describe("Who asked for it; somebody else than the approver."),
    approver: z.string().min(1).max(253).describe("Who approves: the user who creates it."),
    reason: z.string().min(1).max(512).describe("Why."),
    expiresAt: timestamp().describe("Until when it lifts anything, at most 30 days after its creation."),
  })
  .meta(cel({ rule: "self == oldSelf", message: "an Approval is immutable: create another one" }));

const status = z.object({
  observedGeneration: z.int().optional().describe("The generation this status was computed from."),
  active: z.boolean().optional().describe("Whether it lifts anything now."),
  usedBy: z
    .array(
      z.object({
        tenant: z.string().max(40).describe("The tenant."),
        attempt: z.string().max(128).describe("Its attempt that rests on this Approval."),
      }),
    )
    .max(500)
    .optional()
    .describe("The attempts that rest on it, as far as their tenants still know them.")
    .meta(atomicList),
  conditions: conditions(),
});

/** Lifts named holds for named tenants until it expires; the only way past a hold (design §2, §6). */
export const approval = { spec, status };
export type ApprovalSpec = z.infer<typeof spec>;
export type ApprovalStatus = z.infer<typeof status>;
