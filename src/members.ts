import type { Region } from "./domain/objects/platform.ts";
import { Member, type MemberGroup, type MemberOptions } from "./member.ts";
import { MemberIdentities } from "./member-identities.ts";
import { sleep } from "./runtime/clock.ts";

export type { MemberConnection } from "./member.ts";

export interface MembersOptions extends MemberOptions {
  readonly regions: readonly Region[];
}

/** A start waits no longer than this for a cluster that says neither yes nor no. */
const FIRST_WORD_MS = 10_000;

/** The clusters of the platform's regions, each with its connection; regions that name the same Secret share one. */
export class Members {
  readonly clusters: readonly Member[];
  readonly #options: MembersOptions;
  readonly #stopping = new AbortController();
  #running: Promise<unknown> = Promise.resolve();

  constructor(options: MembersOptions) {
    this.#options = options;
    const identities = new MemberIdentities();
    this.clusters = groupsOf(options.regions).map((group) => new Member(group, identities, options));
  }

  /** Whether one of them answers again and is about to count as back. */
  areReturning(): boolean {
    return this.clusters.some((member) => member.isReturning());
  }

  /** Begins to follow them; resolves as soon as each is within reach or known not to be, and after ten seconds at the latest. */
  async start(): Promise<void> {
    if (this.clusters.length === 0) return;
    const { signal } = this.#stopping;
    this.#running = Promise.all(this.clusters.map((member) => member.run(signal)));
    const first = Promise.all(this.clusters.map((member) => member.firstWord));
    await Promise.race([first, sleep(this.#options.mono, FIRST_WORD_MS, signal)]);
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }
}

function groupsOf(regions: readonly Region[]): readonly MemberGroup[] {
  const groups = new Map<string, { regions: string[]; secret: MemberGroup["secret"] }>();
  for (const { name, cluster } of regions) {
    if (cluster === undefined) continue;
    const { kubeconfigSecret: secret } = cluster;
    const id = `${secret.name}/${secret.key}`;
    const group = groups.get(id) ?? { regions: [], secret };
    group.regions.push(name);
    groups.set(id, group);
  }
  return [...groups.values()];
}
