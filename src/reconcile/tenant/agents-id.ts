import { hash } from "node:crypto";
import { memoize } from "../../domain/memoize.ts";

/** Tells this use of the uid from any other. */
const PURPOSE = "slacktide.dev/agents v1";
const LENGTH = 40;
const MOST_KNOWN = 100_000;

/**
 * What stands for a tenant in the addresses that its agents' updates are asked at: a hash of its uid, 160 bits in hex. The
 * uid is chance, and as old as the Tenant: nobody guesses the id, and whatever is lost of status, it is found again. The
 * uid itself confirms a deletion, so it is not shown (docs/adr/0008).
 */
export const agentsIdOf: (uid: string) => string = memoize((uid: string) => hash("sha256", `${PURPOSE}\n${uid}`, "hex").slice(0, LENGTH), MOST_KNOWN);
