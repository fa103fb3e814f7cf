import type { MemberConnection } from "../../src/members.ts";
import { Cluster } from "./cluster/cluster.ts";
import { Faults } from "./faults.ts";
import { Network, type Peer } from "./network.ts";
import { Chance, seedOf } from "./random.ts";
import type { Scenario } from "./scenario.ts";
import { ApiServer, type Committed } from "./server/server.ts";
import type { Timeline } from "./timeline.ts";

export interface MemberOptions {
  readonly scenario: Scenario;
  readonly without: ReadonlySet<string>;
  readonly timeline: Timeline;
  /** As the home cluster's: until then nothing is quiet. */
  readonly after: (ms: number, run: () => void) => void;
  readonly works: (component: string, version: string) => boolean;
  readonly onCommit: (change: Committed) => void;
  readonly tell: (what: string) => void;
}

/** A call there is given up sooner than one at home. */
const TIMEOUT_MS = 10_000;

/** The cluster of another region: an API server, what moves in it by itself, and the way there, which may be cut. */
export class Member {
  readonly server: ApiServer;
  readonly faults: Faults;
  readonly #network: Network;
  readonly #cluster: Cluster;
  readonly #timeline: Timeline;
  readonly #tell: (what: string) => void;
  #outages = 0;

  constructor({ scenario, without, timeline, after, works, onCommit, tell }: MemberOptions) {
    const { seed, rates, watchList, mostPerPage } = scenario;
    this.#timeline = timeline;
    this.#tell = tell;
    this.faults = new Faults({ seed: seedOf(seed, "member"), rates, without, tell: (what) => tell(`${what} abroad`), prefix: "abroad-" });
    this.server = new ApiServer({
      now: () => timeline.truth,
      watchList,
      mostPerPage,
      series: 1,
      onCommit: (change) => {
        onCommit(change);
        this.#cluster.see(change);
      },
    });
    this.#network = new Network({ server: this.server, timeline, faults: this.faults, tell, timeoutMs: TIMEOUT_MS });
    this.#cluster = new Cluster({ server: this.server, chance: new Chance(seedOf(seed, "cluster abroad")), elapsed: () => timeline.elapsed, after, when: (truth, run) => timeline.when(truth, run), truth: () => timeline.truth, works });
  }

  /** There before any tenant is. */
  setUp(): void {
    this.server.writes.create({ kind: this.server.kind("Namespace"), name: "kube-system", by: "user", manager: "kubectl" }, { apiVersion: "v1", kind: "Namespace", metadata: { name: "kube-system" } });
  }

  /** What a process of the operator has of it. */
  connectionOf(peer: Peer): MemberConnection {
    return { ...this.#network.transportFor(peer), close: () => Promise.resolve() };
  }

  /** Whether nothing is on its way; what is out of reach keeps nobody waiting. */
  isQuiet(): boolean {
    return this.#network.inFlight === 0;
  }

  /** What works may have changed. */
  retryPods(): void {
    this.#cluster.retryPods();
  }

  /** For so long, in true time, it refuses everybody, or gives no answer. */
  leave(how: "down" | "silent", ms: number): void {
    this.#outages += 1;
    const outage = this.#outages;
    this.faults.setDown("up");
    this.faults.setSilent(how === "silent");
    if (how === "down") {
      this.faults.setDown("down");
      this.#network.cutWatches("other side closed");
    }
    this.#timeline.when(this.#timeline.truth + ms, () => {
      if (outage === this.#outages) this.comeBack();
    });
  }

  comeBack(): void {
    this.#tell("the other cluster is within reach");
    this.faults.setDown("up");
    this.faults.setSilent(false);
  }

  /** From now on nothing goes wrong there. */
  beCalm(): void {
    this.faults.stop();
  }

  end(): void {
    this.#network.close();
  }
}
