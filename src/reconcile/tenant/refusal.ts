import { bounded } from "../../domain/hold.ts";
import type { Owner } from "../../domain/objects/names.ts";
import type { Refusal } from "../ports.ts";
import type { TenantEnv } from "./env.ts";
import type { ObjectProblem } from "./memory.ts";

/** What the API server does not want, and why. Its words may hold counters (of a quota, say): those of the first refusal stand as long as it is refused. */
export function refused({ about, owner }: { readonly about: string; readonly owner: Owner }, { message }: Refusal, { memory, log }: Pick<TenantEnv, "memory" | "log">): ObjectProblem {
  log.warn("object refused", { tenant: owner.name, about, why: message });
  const known = memory.problems(owner.uid).find((problem) => problem.reason === "ObjectRefused" && problem.about === about);
  return known ?? { reason: "ObjectRefused", message: bounded(message), about };
}
