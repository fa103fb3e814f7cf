import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import { MINUTE, type Instant } from "../../../src/domain/time.ts";
import { startOperator, type OperatorProcess } from "../../support/operator.ts";
import { rehearsedTime, type Rehearsal } from "../../support/rehearsed-time.ts";
import { FROM } from "../dates.ts";
import type { Plan } from "../plan.ts";
import type { Where } from "../write-log.ts";
import type { Cast } from "./cast.ts";
import { Ways } from "./ways.ts";

/** Before an opening, and after all that is set up. */
const EVE: Instant = FROM + 60_000;

interface Life extends Rehearsal {
  readonly process: OperatorProcess;
  readonly ways: Ways;
  readonly from: Instant;
  isRunning: boolean;
}

/** The operator as a process of its own, and SIGKILL: what ends there ends indeed. */
export class Processes implements Cast {
  readonly #plan: Plan;
  readonly #lives: Life[] = [];
  #changing: Promise<void> = Promise.resolve();
  #until: Instant = EVE;
  #isEnded = false;

  constructor(plan: Plan) {
    this.#plan = plan;
  }

  async raise(from: Instant): Promise<void> {
    const { stage, platform } = this.#plan.options;
    const name = `${this.#plan.names.id}-${this.#lives.length + 1}`;
    const ways = await Ways.open(this.#plan, name);
    if (this.#isEnded) return ways.cut();
    const configFile = join(stage.cluster.dir, `${this.#plan.names.id}.platform.yaml`);
    writeFileSync(configFile, stringify({ pods: platform.pods, lapseGrace: `${platform.lapse.graceMs / MINUTE}m`, maxPurgesPerDay: platform.lapse.maxPurgesPerDay, ...(platform.regions !== undefined && { regions: platform.regions }) }));
    const kubeconfig = join(stage.cluster.dir, `${name}.kubeconfig`);
    writeFileSync(kubeconfig, kubeconfigText(ways.home.url, await stage.tokenOf()), { mode: 0o600 });
    const process = startOperator({ cluster: stage.cluster, kubeconfig, configFile, rehearseFrom: new Date(from).toISOString(), rehearseUntil: new Date(this.#until).toISOString() });
    const life: Life = { process, ways, from, startedAt: Date.now(), anchors: process.anchors, isRunning: false };
    this.#lives.push(life);
    const log = this.#plan.journal.logger();
    process.onLog(({ level, message, ...fields }) => log.info(`${level} ${message}`, fields));
    process.metricsPort.then(() => (life.isRunning = true), () => undefined);
    void this.#noteEnd(life);
  }

  async #noteEnd(life: Life): Promise<void> {
    const { code, signal } = await life.process.exited;
    life.isRunning = false;
    if (signal !== "SIGKILL" && !this.#isEnded && this.#last === life) this.#plan.fail(`the operator ended: ${signal ?? `exit ${code}`}`);
  }

  now(): Instant {
    const life = this.#last;
    if (life === undefined) return FROM;
    return life.anchors.length === 0 ? life.from : rehearsedTime([life])(Date.now());
  }

  at(real: number): Instant {
    return this.now() - Date.now() + real;
  }

  /** Its rehearsed time stands at the end for as long as it has nothing to do. */
  isAtRest(): boolean {
    return this.#last?.isRunning === true && this.#last.ways.seesAll && this.now() >= this.#until;
  }

  hasBeenSent(where: Where, plural: string, revision: number): boolean {
    return this.#last?.ways.hasSent(where, plural, revision) === true;
  }

  crash(): void {
    const dead = this.#last;
    if (dead === undefined) return;
    dead.ways.cut();
    this.#succeed(dead, () => Math.min(this.now(), this.#until - 1_000));
  }

  /** People have spoken: a process whose time goes on follows upon one that stood still. */
  unleash(): void {
    this.#until = this.#plan.until;
    const before = this.#last;
    if (before !== undefined) this.#succeed(before, () => this.now());
  }

  finish(): void {
    // Its time has come to its end by itself.
  }

  nextNight(): void {
    // Its time goes on by itself, to its end.
  }

  async end(): Promise<void> {
    this.#isEnded = true;
    for (const { ways } of this.#lives) ways.cut();
    await Promise.all(this.#lives.map(({ process }) => process.kill()));
    await Promise.allSettled([this.#changing]);
  }

  /** One after the other, whoever asks for it: of two that were killed and followed at once both would go on living. */
  #succeed(before: Life, from: () => Instant): void {
    this.#changing = this.#follow(this.#changing, before, from);
  }

  async #follow(turn: Promise<void>, before: Life, from: () => Instant): Promise<void> {
    await turn;
    // Somebody else has seen to it.
    if (this.#last !== before) return;
    const instant = from();
    before.ways.cut();
    await before.process.kill();
    await this.raise(instant);
  }

  get #last(): Life | undefined {
    return this.#lives.at(-1);
  }
}

function kubeconfigText(server: string, token: string): string {
  return stringify({
    apiVersion: "v1",
    kind: "Config",
    "current-context": "operator",
    clusters: [{ name: "cluster", cluster: { server } }],
    users: [{ name: "operator", user: { token } }],
    contexts: [{ name: "operator", context: { cluster: "cluster", user: "operator" } }],
  });
}
