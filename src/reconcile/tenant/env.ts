import type { Compiled } from "../compiled.ts";
import type { Env } from "../ports.ts";
import type { FollowTurns } from "./follow-turns.ts";
import type { TenantMemory } from "./memory.ts";
import type { PurgeTurns } from "./purge-turns.ts";

/** What a tenant's reconcile needs: the ports, the compiled windows and channels, and what this process remembers. */
export interface TenantEnv extends Env {
  readonly compiled: Compiled;
  readonly memory: TenantMemory;
  readonly purgeTurns: PurgeTurns;
  readonly followTurns: FollowTurns;
}
