import type { KubeObject } from "../../src/kube/kind.ts";
import type { Instant } from "../../src/domain/time.ts";
import { addressOf } from "./proxy/call.ts";
import type { Answer } from "./proxy/upstream.ts";
import type { Write } from "./proxy/write.ts";
import type { Names } from "./world.ts";

/** In which cluster: the operator's own, or that of another region. */
export type Where = "home" | "abroad";

/** Where a write goes, and by what knowledge of the other cluster. */
export interface Course {
  readonly where: Where;
  /** By plural: the newest resourceVersion of the other cluster that the writer had been sent; undefined: there is none. */
  readonly known: ReadonlyMap<string, number> | undefined;
}

/** A write as the proxy saw it. */
export interface LoggedWrite extends Course {
  /** `PATCH tenants/{plan}-a/status #2`: what is written, and the how-manieth time since the plan was armed; the same in every run. */
  readonly signature: string;
  /** Events and Leases say nothing of the cluster's state. */
  readonly isChatter: boolean;
  readonly plural: string;
  readonly name: string | undefined;
  readonly replica: string;
  /** Of the replica's clock. */
  readonly at: Instant;
  readonly realAt: number;
  /** The answer's; undefined: it was not sent on, or never answered. */
  status?: number;
  /** The resourceVersion that it left behind; undefined for a deletion that was done at once. */
  revision?: number;
  /** The object as the answer shows it. */
  after?: KubeObject;
}

const CHATTER = new Set(["events", "leases", "leaderships"]);

/** Every write of a plan's operators, in the order in which they came. */
export class WriteLog {
  readonly writes: LoggedWrite[] = [];
  readonly #counts = new Map<string, number>();
  readonly #names: Names;

  constructor(names: Names) {
    this.#names = names;
  }

  /** Counts begin anew. */
  arm(): void {
    this.#counts.clear();
  }

  begin(write: Write, at: Instant, course: Course): LoggedWrite {
    const { plural = write.path, namespace, name = nameIn(write), subresource } = addressOf(write.path) ?? {};
    const parts = [plural, namespace, plural === "events" ? undefined : name, subresource].filter((part) => part !== undefined);
    const verb = write.method === "PATCH" && write.headers["content-type"]?.includes("merge") === true ? "MERGE" : write.method;
    const what = `${verb} ${course.where === "home" ? "" : `${course.where}:`}${parts.join("/")}`.replaceAll(this.#names.id, "{plan}");
    const count = (this.#counts.get(what) ?? 0) + 1;
    this.#counts.set(what, count);
    const logged: LoggedWrite = { ...course, plural, name, signature: `${what} #${count}`, isChatter: CHATTER.has(plural) || write.query.get("dryRun") === "All", replica: write.replica, at, realAt: Date.now() };
    this.writes.push(logged);
    return logged;
  }

  /** Notes what became of it. */
  static end(logged: LoggedWrite, { status, body }: Answer): void {
    logged.status = status;
    const after = status < 300 ? objectIn(body) : undefined;
    if (after?.metadata.resourceVersion === undefined) return;
    logged.revision = Number(after.metadata.resourceVersion);
    logged.after = after;
  }
}

function nameIn({ body }: Write): string | undefined {
  return (parsed(body) as { metadata?: { name?: string } } | undefined)?.metadata?.name; // an object
}

/** Undefined for a Status, which answers a deletion that was done at once. */
function objectIn(body: Buffer): KubeObject | undefined {
  const answer = parsed(body) as KubeObject | undefined; // an object, or a Status, which has metadata too
  return answer?.kind === "Status" ? undefined : answer;
}

function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString("utf8"));
  } catch {
    return undefined;
  }
}
