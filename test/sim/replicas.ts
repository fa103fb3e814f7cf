import type { Platform } from "../../src/domain/objects/platform.ts";
import type { Logger } from "../../src/runtime/logger.ts";
import type { WritersClock } from "./clock-rule.ts";
import { THE_LEADER, type Action } from "./actions.ts";
import type { Faults } from "./faults.ts";
import type { Network } from "./network.ts";
import { Chance, seedOf } from "./random.ts";
import type { Member } from "./member.ts";
import { Replica } from "./replica.ts";
import type { Scenario } from "./scenario.ts";
import type { ApiServer } from "./server/server.ts";
import type { Timeline } from "./timeline.ts";

export interface ReplicasOptions {
  readonly scenario: Scenario;
  readonly timeline: Timeline;
  readonly network: Network;
  /** The cluster of another region. */
  readonly member: Member | undefined;
  readonly server: ApiServer;
  readonly log: Logger;
  readonly tell: (what: string) => void;
  /** Told before anything of the operator's runs. */
  readonly onRun: () => void;
}

/** So long a process may take to notice that the clock of its machine was set: it looks every ten seconds. */
const NOTICED_MS = 20_000;

interface Machine {
  readonly pod: string;
  incarnation: number;
  clockOffset: number;
  /** Elapsed milliseconds at which its clock was set last. */
  setAt: number;
  replica: Replica | undefined;
}

/** The pods of the operator's Deployment: whatever ends in them begins again. */
export class Replicas {
  readonly #options: ReplicasOptions;
  readonly #machines: readonly Machine[];
  readonly #clocks = new Map<string, WritersClock>();
  readonly #chance: Chance;
  #platform: Platform;
  /** How many partitions there are. */
  #cutOff = 0;

  constructor(options: ReplicasOptions) {
    this.#options = options;
    this.#platform = options.scenario.platform;
    this.#chance = new Chance(seedOf(options.scenario.seed, "replicas"));
    this.#machines = Array.from({ length: options.scenario.replicas }, (_, n) => ({ pod: `slacktide-${n}`, incarnation: 0, clockOffset: 0, setAt: -Infinity, replica: undefined }));
  }

  start(): void {
    for (const machine of this.#machines) this.#begin(machine);
  }

  /** Every process that is alive. */
  get alive(): readonly Replica[] {
    return this.#machines.flatMap(({ replica }) => replica ?? []).filter((replica) => replica.isAlive());
  }

  /** Whether somebody leads and has nothing to do, and nobody is on the way back. */
  areQuiet(): boolean {
    const { alive } = this;
    if (alive.length < this.#machines.length) return false;
    if (this.#machines.some(({ setAt }) => this.#options.timeline.elapsed < setAt + NOTICED_MS)) return false;
    const acting = alive.filter((replica) => replica.isActing);
    return acting.length > 0 && alive.every((replica) => !replica.isPaused) && acting.every((replica) => !replica.isBusy()) && this.#cutOff === 0;
  }

  /** The wall clock of a writer's machine; of one that is gone as it was then. Everybody else's is right. */
  clockOf(identity: string): WritersClock {
    return this.#clocks.get(identity) ?? { offset: 0, setAt: -Infinity };
  }

  trouble(action: Extract<Action, { replica: number }>, faults: Faults): void {
    const leading = this.#machines.find(({ replica }) => replica?.isActing === true);
    const machine = action.replica === THE_LEADER ? (leading ?? this.#machines[0]) : this.#machines[action.replica];
    const replica = machine?.replica;
    if (machine === undefined || replica === undefined || !replica.isAlive()) return;
    if (action.kind === "crash") return replica.crash("for no reason");
    if (action.kind === "stop") return replica.stop();
    if (action.kind === "pause") return this.#pause(replica, action.ms);
    if (action.kind === "cutOff") return this.#isolate(replica, action.ms, faults);
    this.#setClock(machine, machine.clockOffset + (action.kind === "setBack" ? -action.ms : action.ms));
  }

  crashAll(): void {
    for (const { replica } of this.#machines) replica?.crash("so that all begin anew");
  }

  /** Another version of the operator: it renders pod templates otherwise, and whatever renders them as before ends. */
  upgrade(templateRevision: number): void {
    const { images, pods } = this.#options.scenario.platform;
    const grace = { authGraceSeconds: pods.authGraceSeconds + 1, proxyGraceSeconds: pods.proxyGraceSeconds + 1 };
    this.#platform = { ...this.#platform, templateRevision, images: { auth: `${images.auth}-r${templateRevision}`, proxy: `${images.proxy}-r${templateRevision}` }, pods: { ...pods, ...grace } };
    for (const { replica } of this.#machines) replica?.stop();
  }

  /** All machines are well, and their clocks right. */
  heal(): void {
    for (const machine of this.#machines) {
      machine.replica?.resume();
      if (machine.clockOffset !== 0) this.#setClock(machine, 0);
    }
  }

  #begin(machine: Machine): void {
    const { scenario, timeline, network, member, server, log, tell, onRun } = this.#options;
    machine.incarnation += 1;
    const { pod, incarnation, clockOffset } = machine;
    const replica = new Replica({ pod, incarnation, clockOffset, seed: scenario.seed, platform: this.#platform, timing: scenario.timing, timeline, network, member, server, log, tell, onRun, onEnd: () => this.#ended(machine) });
    machine.replica = replica;
    this.#clocks.set(replica.identity, { offset: clockOffset, setAt: machine.setAt });
    onRun();
    replica.start();
  }

  #ended(machine: Machine): void {
    this.#options.timeline.after(this.#chance.int(200, 4_000), () => this.#begin(machine));
  }

  #pause(replica: Replica, ms: number): void {
    replica.pause();
    this.#options.timeline.after(ms, () => replica.resume());
  }

  #isolate(replica: Replica, ms: number, faults: Faults): void {
    faults.cutOff(replica);
    this.#cutOff += 1;
    this.#options.timeline.after(ms, () => {
      faults.heal(replica);
      this.#cutOff -= 1;
    });
  }

  #setClock(machine: Machine, offset: number): void {
    machine.clockOffset = offset;
    machine.replica?.time.setClock(offset);
    machine.setAt = this.#options.timeline.elapsed;
    if (machine.replica !== undefined) this.#clocks.set(machine.replica.identity, { offset, setAt: machine.setAt });
  }
}
