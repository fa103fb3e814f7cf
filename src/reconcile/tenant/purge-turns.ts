import { API_VERSION, PURGE_LEDGER_NAME, type PurgeLedgerSpec } from "../../api/index.ts";
import { takeTurn, type PurgeQuestion } from "../../domain/tenant/purge-budget.ts";
import type { Instant } from "../../domain/time.ts";
import type { Api } from "../ports.ts";
import { specAs } from "../shapes.ts";

/** Whether a deletion may begin now; `full` with the instant from which on it may. */
export type Turn = { readonly kind: "taken" } | { readonly kind: "full"; readonly until: Instant };

const LEDGER = "PurgeLedger";

/**
 * Hands out the deletions of a day, for the whole fleet. Whoever begins one has written itself into the one PurgeLedger
 * before, over exactly the version that was read live and that had room: of two processes that both take themselves for
 * the leader, and read the same, the second gets a conflict. So in no 24 hours more are let begin than were allowed by any
 * of them, whatever restarts, status is lost or tombstone deleted; a turn that is not used counts all the same.
 */
export class PurgeTurns {
  #full: { readonly since: Instant; readonly until: Instant } | undefined;
  #last: Promise<unknown> = Promise.resolve();

  /** Until when there is no turn, as far as this process has seen; undefined: nobody knows. */
  fullUntil(now: Instant): Instant | undefined {
    return this.#full !== undefined && this.#full.since <= now && now < this.#full.until ? this.#full.until : undefined;
  }

  /** One question after the other; throws a conflict if somebody else wrote meanwhile. */
  ask(question: PurgeQuestion, api: Api, now: Instant): Promise<Turn> {
    const answer = this.#last.then(() => this.#ask(question, api, now));
    this.#last = answer.catch(() => undefined);
    return answer;
  }

  async #ask(question: PurgeQuestion, api: Api, now: Instant): Promise<Turn> {
    // Thousands may ask on the day on which somebody made a mistake.
    const until = this.fullUntil(now);
    if (until !== undefined) return { kind: "full", until };
    const live = await api.read(LEDGER, { name: PURGE_LEDGER_NAME });
    const turn = takeTurn(specAs<PurgeLedgerSpec>(live).purges ?? [], question, now);
    this.#full = turn.kind === "full" ? { since: now, until: turn.until } : undefined;
    if (turn.kind === "full") return turn;
    const metadata = { name: PURGE_LEDGER_NAME, ...(live?.metadata.resourceVersion !== undefined && { resourceVersion: live.metadata.resourceVersion }) };
    await api.record({ apiVersion: API_VERSION, kind: LEDGER, metadata, spec: { purges: turn.purges } });
    return { kind: "taken" };
  }
}
