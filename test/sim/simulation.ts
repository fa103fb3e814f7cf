import type { Instant } from "../../src/domain/time.ts";
import { ALL_KINDS, crdOf } from "../../src/api/index.ts";
import type { KubeObject } from "../../src/kube/kind.ts";
import { silentLogger, type Logger } from "../../src/runtime/logger.ts";
import { imageVersion, seenAs, textOf } from "../invariants/shapes.ts";
import { InvariantMonitor } from "../invariants/monitor.ts";
import { ClockRule } from "./clock-rule.ts";
import { asksCertManager, CERT_MANAGER_CRD } from "./cluster/certificates.ts";
import { Cluster } from "./cluster/cluster.ts";
import { Faults } from "./faults.ts";
import { Happenings } from "./happenings.ts";
import { Member } from "./member.ts";
import { Network } from "./network.ts";
import { Chance, seedOf } from "./random.ts";
import { Replicas } from "./replicas.ts";
import type { PlannedAction } from "./actions.ts";
import type { Scenario } from "./scenario.ts";
import { freeze, plain } from "./server/objects.ts";
import { ApiServer, type Committed } from "./server/server.ts";
import { lineOf } from "./story.ts";
import { Timeline } from "./timeline.ts";
import { User } from "./user.ts";
import { WriteLog } from "./write-log.ts";

export interface SimulationOptions {
  readonly scenario: Scenario;
  /** Names of faults and actions that this run is spared. */
  readonly without?: ReadonlySet<string>;
  /** Is told what happens, line by line. */
  readonly tell?: (line: string) => void;
  /** Is shown every write that was carried out, with the true time. */
  readonly watch?: (change: Committed, truth: Instant) => void;
  /** Is told of every action when it comes to pass. */
  readonly onAction?: (planned: PlannedAction, truth: Instant) => void;
  readonly log?: Logger;
  /** Takes what is written into the hash, not only that it was. */
  readonly thorough?: boolean;
}

const CRDS = ALL_KINDS.map((kind) => freeze(plain(crdOf(kind))));

/** A story that takes more steps than this never ends. */
const MOST_STEPS = 150_000;

/** One story: the whole operator against a cluster in memory, in a time of its own. */
export class Simulation {
  readonly scenario: Scenario;
  readonly timeline: Timeline;
  readonly server: ApiServer;
  readonly faults: Faults;
  readonly happenings: Happenings;
  readonly replicas: Replicas;
  readonly monitor: InvariantMonitor;
  readonly writeLog: WriteLog;
  /** Names of the actions that came to pass. */
  readonly performed: string[] = [];
  readonly #clockRule = new ClockRule();
  /** The cluster of another region, in stories that have one. */
  readonly member: Member | undefined;
  readonly #cluster: Cluster;
  readonly #network: Network;
  readonly #user: User;
  readonly #broken: Set<string>;
  /** Actions that wait for an attempt to come to a step. */
  readonly #waiting = new Set<PlannedAction>();
  /** Undefined: nobody listens, and stories cost. */
  readonly #tell: ((line: string) => void) | undefined;
  readonly #watch: SimulationOptions["watch"];
  readonly #onAction: SimulationOptions["onAction"];
  #clusterPending = 0;
  #isDirty = true;

  constructor({ scenario, without = new Set(), tell, watch, onAction, log = silentLogger, thorough = false }: SimulationOptions) {
    const { seed } = scenario;
    this.scenario = scenario;
    this.#broken = new Set(scenario.broken);
    this.#watch = watch;
    this.#onAction = onAction;
    this.timeline = new Timeline(scenario.start);
    this.#tell = tell && ((what) => tell(`${new Date(this.timeline.truth).toISOString()} ${what}`));
    this.happenings = new Happenings();
    this.monitor = new InvariantMonitor({ platform: scenario.platform, staleMs: scenario.staleMs });
    this.writeLog = new WriteLog(thorough);
    this.faults = new Faults({ seed, rates: scenario.rates, without, tell: (what) => this.#told(what) });
    this.server = new ApiServer({ now: () => this.timeline.truth, onCommit: (change) => this.#committed(change), watchList: scenario.watchList, mostPerPage: scenario.mostPerPage });
    this.#network = new Network({ server: this.server, timeline: this.timeline, faults: this.faults, tell: (what) => this.#told(what) });
    this.#cluster = new Cluster({
      server: this.server,
      chance: new Chance(seedOf(seed, "cluster")),
      elapsed: () => this.timeline.elapsed,
      after: (ms, run) => this.#clusterAfter(ms, run),
      when: (truth, run) => this.timeline.when(truth, run),
      truth: () => this.timeline.truth,
      works: this.works,
    });
    if (scenario.platform.regions !== undefined) {
      this.member = new Member({ scenario, without, timeline: this.timeline, after: (ms, run) => this.#clusterAfter(ms, run), works: this.works, onCommit: (change) => this.#committedAbroad(change), tell: (what) => this.#told(what) });
    }
    this.#user = new User({ server: this.server, scenario, truth: () => this.timeline.truth });
    this.replicas = new Replicas({ scenario, timeline: this.timeline, network: this.#network, member: this.member, server: this.server, log, tell: (what) => this.#told(what), onRun: () => (this.#isDirty = true) });
    this.#plan(scenario.actions.filter(({ id }) => !without.has(id)));
  }

  /** Lets go of whatever would keep this world in memory. */
  end(): void {
    this.#network.close();
    this.member?.end();
  }

  /** Makes the world, starts the operator and goes on until the calm begins. */
  async begin(): Promise<void> {
    for (const crd of [...CRDS, ...(asksCertManager(this.scenario.platform) ? [CERT_MANAGER_CRD] : [])]) {
      this.server.writes.create({ kind: this.server.kind("CustomResourceDefinition"), name: crd.metadata.name, by: "user", manager: "helm" }, crd);
    }
    this.#user.setUp();
    this.member?.setUp();
    this.replicas.start();
    await this.runTo(this.scenario.calmFrom);
  }

  /** From now on nothing goes wrong, and what was broken is whole again. */
  beCalm(): void {
    this.#told("calm begins");
    this.#waiting.clear();
    this.faults.stop();
    this.member?.beCalm();
    this.replicas.heal();
  }

  /** All replicas end at once and begin again; what they list comes the other way round. */
  startAnew(): void {
    this.#told("all begin anew");
    this.server.reads.turnAround();
    this.member?.server.reads.turnAround();
    this.replicas.crashAll();
  }

  /** Whether pods of a component get Ready at a version. */
  readonly works = (component: string, version: string): boolean => {
    const what = `${component.startsWith("proxy") ? "proxy" : component}/${version}`;
    return !this.#broken.has(what) && !this.#broken.has(`${component}/${version}`);
  };

  /** Lets time go on to this instant of true time. */
  async runTo(truth: number): Promise<void> {
    const end = { isThere: false };
    this.timeline.when(truth, () => (end.isThere = true));
    while (!end.isThere) {
      await this.#settle();
      const quiet = this.isQuiet();
      if (!quiet) this.timeline.nudge();
      if (!this.timeline.step(quiet)) throw new Error("the story came to a stop: nothing is planned any more");
      const { mostSteps = MOST_STEPS } = this.scenario;
      if (this.timeline.steps > mostSteps) throw new Error(`the story does not end: ${mostSteps} steps, and it is ${new Date(this.timeline.truth).toISOString()}`);
    }
    await this.#settle();
  }

  /** Whether all is done that can be done before something else is due. */
  isQuiet(): boolean {
    return this.#network.inFlight === 0 && this.#clusterPending === 0 && !this.faults.isDown() && this.member?.isQuiet() !== false && this.replicas.areQuiet();
  }

  /** Lets everything run that waits for nothing but promises. */
  async #settle(): Promise<void> {
    if (!this.#isDirty) return;
    this.#isDirty = false;
    await new Promise((resolve) => setImmediate(resolve));
  }

  #committed(change: Committed): void {
    const { kind, key, before, after, by } = change;
    const line = this.#tell === undefined ? undefined : lineOf(change);
    if (line !== undefined) this.#tell?.(line);
    const truth = this.timeline.truth;
    this.#watch?.(change, truth);
    this.writeLog.add(change, truth);
    this.happenings.see(change, this.replicas);
    const clock = this.replicas.clockOf(by);
    const at = truth + clock.offset;
    this.monitor.see({ at, elapsed: truth, by, kind: kind.kind, key, before, after });
    this.#clockRule.see(change, { clock, elapsed: this.timeline.elapsed, at });
    this.#cluster.see(change);
    this.#noteStep(change);
    if (kind.kind === "Namespace" && before === undefined && key.startsWith("tenant-")) this.#agentsComeTo(key.slice("tenant-".length));
    if (kind.kind === "Leadership") this.#clusterAfter(this.scenario.policyLagMs, () => this.server.policy.learn());
  }

  /** Nothing there but proxies is judged, and nobody's clock by it. */
  #committedAbroad(change: Committed): void {
    const { kind, key, before, after, by } = change;
    const line = this.#tell === undefined ? undefined : lineOf(change);
    if (line !== undefined) this.#tell?.(`abroad: ${line}`);
    const truth = this.timeline.truth;
    this.writeLog.add(change, truth);
    this.monitor.see({ at: truth + this.replicas.clockOf(by).offset, elapsed: truth, by, kind: kind.kind, key, before, after, isAbroad: true });
    if (kind.kind === "Deployment" && isRoll(before, after)) this.#comeTo(["RegionRolled"]);
  }

  /** The tenant's agents connect once it is there. */
  #agentsComeTo(tenant: string): void {
    const versions = this.scenario.tenants.find(({ name }) => name === tenant)?.agents;
    if (versions !== undefined) this.#clusterAfter(5, () => this.#user.perform({ kind: "agents", tenant, versions }));
  }

  #clusterAfter(ms: number, run: () => void): void {
    this.#clusterPending += 1;
    this.timeline.after(ms, () => {
      this.#clusterPending -= 1;
      run();
    });
  }

  #plan(actions: readonly PlannedAction[]): void {
    for (const planned of actions) {
      this.timeline.when(planned.at, () => {
        if (planned.during === undefined) this.#perform(planned);
        else this.#waiting.add(planned);
      });
    }
  }

  /** Does what waited for an attempt to come to a step. */
  #noteStep({ kind, before, after }: Committed): void {
    if (kind.kind !== "Tenant" || this.#waiting.size === 0) return;
    const [was, is] = [before, after].map((object) => seenAs("Tenant", [object])[0]?.status?.upgrade);
    this.#comeTo([...(was?.step === is?.step ? [] : [is?.step]), ...(was?.stuckSince === undefined && is?.stuckSince !== undefined ? ["Stuck"] : [])]);
  }

  #comeTo(moments: readonly (string | undefined)[]): void {
    for (const planned of this.#waiting) {
      if (planned.during === undefined || !moments.includes(planned.during.step)) continue;
      this.#waiting.delete(planned);
      this.timeline.after(planned.during.afterMs, () => {
        if (this.timeline.truth < this.scenario.calmFrom) this.#perform(planned);
      });
    }
  }

  #perform(planned: PlannedAction): void {
    const { id, action } = planned;
    this.performed.push(id);
    this.#onAction?.(planned, this.timeline.truth);
    this.#told(`${id}: ${JSON.stringify(action)}`);
    this.happenings.count(`action ${action.kind}`);
    if (action.kind === "mend") this.#mend(action.what);
    else if (action.kind === "break") this.#broken.add(action.what);
    else if (action.kind === "upgrade") this.replicas.upgrade(action.templateRevision);
    else if (action.kind === "compact") this.server.reads.compact();
    else if (action.kind === "loseRegion") this.member?.leave(action.how, action.ms);
    else if (action.kind === "outage") this.#outage(action.ms);
    else if ("replica" in action) this.replicas.trouble(action, this.faults);
    else this.#user.perform(action);
  }

  #mend(what: string): void {
    this.#broken.delete(what);
    this.#cluster.retryPods();
    this.member?.retryPods();
  }

  #outage(ms: number): void {
    this.faults.setDown("down");
    this.#network.cutWatches("other side closed");
    this.timeline.after(ms, () => this.faults.setDown("up"));
  }

  #told(what: string): void {
    this.happenings.tell(what);
    this.#tell?.(what);
  }
}

/** Whether pods of another version are asked for. */
function isRoll(...objects: readonly (KubeObject | undefined)[]): boolean {
  const versions = seenAs("Deployment", objects).map(({ spec }) => textOf(imageVersion(spec?.template?.spec)));
  return versions.length === 2 && versions[0] !== versions[1];
}
