import type { Platform } from "../../src/domain/objects/platform.ts";
import { isoOf, type Instant } from "../../src/domain/time.ts";
import { checkAbroad } from "./abroad.ts";
import { Adoptions } from "./adoptions.ts";
import { WritersClocks } from "./clocks.ts";
import { Lapses } from "./lapses.ts";
import { checkClaims, checkDurations } from "./ledger.ts";
import { checkData, checkOwnership } from "./ownership.ts";
import { Pods } from "./pods.ts";
import { Ports } from "./ports.ts";
import { seenAs } from "./shapes.ts";
import { Starts } from "./starts.ts";
import { checkSuspension } from "./suspension.ts";
import { checkTelling } from "./telling.ts";
import { Templates } from "./templates.ts";
import { InvariantViolation, type SeenWrite } from "./violation.ts";
import { STALE_MS, World } from "./world.ts";
import { Writers } from "./writers.ts";

export { InvariantViolation, type InvariantName, type SeenWrite } from "./violation.ts";

/** What proxies are made of. */
const PROXIES = new Set(["Deployment", "Pod"]);

export interface InvariantMonitorOptions {
  readonly platform: Platform;
  /** How late the operator may learn of a change, where it is known to be less than anywhere, in milliseconds. */
  readonly staleMs?: number | undefined;
}

/**
 * Checks design §11 at every accepted write, by rules of its own: of the operator it uses the names of labels, annotations
 * and fields alone. It knows the cluster from the writes that it was shown: show it those of the setting-up as well, by `user`.
 */
export class InvariantMonitor {
  readonly #platform: Platform;
  readonly #world: World;
  readonly #adoptions = new Adoptions();
  readonly #clocks = new WritersClocks();
  readonly #writers = new Writers();
  readonly #lapses: Lapses;
  readonly #starts: Starts;
  readonly #templates: Templates;
  readonly #pods: Pods;
  readonly #ports: Ports;
  #count = 0;

  constructor({ platform, staleMs = STALE_MS }: InvariantMonitorOptions) {
    this.#platform = platform;
    this.#world = new World(staleMs);
    this.#ports = new Ports(this.#world);
    this.#lapses = new Lapses(platform);
    this.#starts = new Starts(this.#world);
    this.#templates = new Templates(this.#world, this.#starts);
    this.#pods = new Pods(this.#world, this.#templates);
  }

  /** How many writes it was shown. */
  get writes(): number {
    return this.#count;
  }

  /** Takes the write in; throws an InvariantViolation if it must not have happened. One that changed nothing is none. */
  see(seen: SeenWrite): void {
    const write = this.#adoptions.seen(seen);
    const version = write.before?.metadata.resourceVersion;
    if (version !== undefined && version === write.after?.metadata.resourceVersion && write.before?.metadata.uid === write.after.metadata.uid) return;
    this.#count += 1;
    const instants = this.#clocks.note(write);
    this.#writers.see(write);
    if (write.isAbroad === true) return this.#seeAbroad(write, instants);
    checkClaims(this.#world, write);
    checkDurations(write);
    checkOwnership(this.#world, write, this.#platform);
    this.#ports.see(write);
    this.#lapses.see(write, instants);
    checkData(this.#world, this.#lapses, write);
    checkSuspension(this.#world, write);
    checkTelling(write);
    this.#world.note(write);
    this.#starts.note(write);
    this.#templates.see(write, instants);
    this.#pods.see(write);
  }

  /** Proxies there are judged as all others; of what bears the name of something here nothing is taken for that. */
  #seeAbroad(write: SeenWrite, instants: readonly Instant[]): void {
    checkAbroad(this.#world, write);
    if (!PROXIES.has(write.kind)) return;
    checkSuspension(this.#world, write);
    this.#world.note(write);
    this.#templates.see(write, instants);
    this.#pods.see(write);
  }

  /** From now on nothing changes and nothing is due: every write of the operator but those of an election breaks I17. */
  expectSilence(): void {
    this.#writers.expectSilence("silence");
  }

  /** Somebody else takes over a world in which nothing is due: by the same facts nothing is decided otherwise (I8). */
  expectSameDecisions(): void {
    this.#writers.expectSilence("same decisions");
  }

  expectWrites(): void {
    this.#writers.expectSilence("writes");
  }

  /** To be asked when all is quiet: every lane that has a target and does not start says why (I9). */
  checkAtRest(at: number): void {
    for (const { metadata, status } of seenAs("Tenant", this.#world.all("Tenant"))) {
      for (const [name, lane] of Object.entries({ patch: status?.lanes?.patch, major: status?.lanes?.major })) {
        if (lane?.target === undefined || (lane.holds ?? []).length > 0) continue;
        throw new InvariantViolation("I9", `the ${name} lane of ${metadata.name} leads to ${lane.target}, does not start and has no hold (${isoOf(at)})`);
      }
    }
  }
}
