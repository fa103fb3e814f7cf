import { z } from "zod";
import { mapList, timestamp, type CelRule } from "./common.ts";

/** The one object of the kind: the limit is that of the whole fleet. */
export const PURGE_LEDGER_NAME = "slacktide";

/** The highest limit that may be set for a day. */
export const MOST_PURGES = 1000;

const purge = z.object({
  uid: z.string().max(64).describe("The Tenant's uid."),
  tenant: z.string().max(63).describe("Its name."),
  at: timestamp().describe("When the deletion of its data was let begin."),
});

const spec = z.object({
  purges: z.array(purge).max(MOST_PURGES).describe("Every one of the last 24 hours.").meta(mapList("uid")),
});

/** Whose data was let be deleted lately: by this the limit for a day holds, whoever leads (design §9). */
export type PurgeLedgerSpec = z.infer<typeof spec>;
export type PurgeEntry = PurgeLedgerSpec["purges"][number];

const rules: readonly CelRule[] = [{ rule: `self.metadata.name == '${PURGE_LEDGER_NAME}'`, message: `there is one PurgeLedger, named ${PURGE_LEDGER_NAME}` }];

export const purgeLedger = { spec, rules };
