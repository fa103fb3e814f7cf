import { LABEL } from "../../src/api/index.ts";
import { OWN } from "./hands.ts";
import { PLAN_LABEL } from "./observer.ts";
import { addressOf, isOfCollection, type Call } from "./proxy/call.ts";
import type { Names } from "./world.ts";

const OWN_PLURALS = new Set<string>(Object.values(OWN).map(({ plural }) => plural));

/** The operator sees no more than the plan's own objects. */
export function narrowed(call: Call, { id, tenants }: Names): string {
  if (!isOfCollection(call)) return call.url;
  const url = new URL(call.url, "http://server.invalid");
  const { plural = "" } = addressOf(call.path) ?? {};
  if (OWN_PLURALS.has(plural)) url.searchParams.set("labelSelector", `${PLAN_LABEL}=${id}`);
  else if (url.searchParams.get("labelSelector") === LABEL.tenant) url.searchParams.set("labelSelector", `${LABEL.tenant} in (${tenants.join(",")})`);
  return url.pathname + url.search;
}
