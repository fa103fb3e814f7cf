import { isDeepStrictEqual } from "node:util";
import type { Outcome } from "../../runtime/controller.ts";
import type { LiveObject } from "../ports.ts";
import type { ChannelEnv } from "./env.ts";
import type { ChannelDecision } from "./decide.ts";
import type { GatheredChannel } from "./gather.ts";

/** Writes the ledger in one preconditioned update, so that no claim rests on another version of it (invariant I2). */
export async function act({ object, parsed, book }: GatheredChannel, decision: ChannelDecision, env: ChannelEnv): Promise<Outcome> {
  if (!isDeepStrictEqual(decision.status, parsed?.status)) {
    await writeStatus(object, decision, env);
    for (const { tenant, attempt, from, to, class: upgradeClass, opening } of decision.claims) {
      env.log.info("upgrade claimed", { tenant, attempt, class: upgradeClass, from, to, window: opening.window });
    }
  }
  for (const name of decision.refresh) {
    env.memory.askForReading(book.fleet.get(name)?.ledger.uid ?? "");
    env.enqueue("tenant", name);
  }
  // A status shows that no slot is free; its tenant does not see when that changes, nor when it changes back at once.
  const turned = decision.slotFree.map((isFree) => book.slotsTurned(isFree));
  if (turned.includes(true)) for (const name of book.fleet.inOpening) env.enqueue("tenant", name);
  return decision.nextCheckAt === undefined ? {} : { requeueAt: decision.nextCheckAt };
}

/** The precondition is the version that was planned against: a change in between answers 409 and is planned anew. */
async function writeStatus(object: LiveObject, { status }: ChannelDecision, env: ChannelEnv): Promise<void> {
  const { apiVersion, kind, metadata } = object;
  const { name, uid, resourceVersion } = metadata;
  const preconditions = { name, ...(uid !== undefined && { uid }), ...(resourceVersion !== undefined && { resourceVersion }) };
  await env.api.applyStatus({ apiVersion, kind, metadata: preconditions, status });
}
