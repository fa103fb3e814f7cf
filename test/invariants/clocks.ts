import type { Instant } from "../../src/domain/time.ts";
import type { SeenWrite } from "./violation.ts";
import { STALE_MS } from "./world.ts";

/** A jump smaller than this is no setting of a clock. */
const STEP_MS = 1_000;

/** What the clocks of the writers say, as far as they were set. */
export class WritersClocks {
  readonly #offsets = new Map<string, { readonly offset: number; until: number }[]>();

  /** What the writer's clock may have said when it decided: `at`, and what it would say had it not been set lately. */
  note({ by, at, elapsed = at }: SeenWrite): readonly Instant[] {
    const offset = at - elapsed;
    const known = (this.#offsets.get(by) ?? []).filter(({ until }) => until > elapsed - STALE_MS);
    this.#offsets.set(by, known);
    const last = known.at(-1);
    if (last !== undefined && Math.abs(last.offset - offset) < STEP_MS) last.until = elapsed;
    else known.push({ offset, until: elapsed });
    return [at, ...known.map((each) => elapsed + each.offset).filter((instant) => Math.abs(instant - at) >= STEP_MS)];
  }
}
