import type { Outcome } from "../../runtime/controller.ts";
import type { ChannelEnv } from "./env.ts";
import { act } from "./act.ts";
import { decideChannel } from "./decide.ts";
import { gatherChannel } from "./gather.ts";
import { lookAhead } from "./outlook.ts";

/** One look at one channel: who follows it, what may start, and the ledger that remembers it (design §7). */
export async function reconcileChannel(key: string, env: ChannelEnv): Promise<Outcome> {
  const gathered = await gatherChannel(key, env);
  if (gathered === undefined) return {};
  const decision = decideChannel(gathered, env.clock.now());
  // A claim rests on the clock: by one that is not trusted the tenants hold at the next look.
  if (decision.claims.length > 0 && !(await env.clockTrust.confirm())) return { requeueAt: env.clock.now() };
  const outcome = await act(gathered, decision, env);
  lookAhead(gathered, decision, env);
  return outcome;
}
