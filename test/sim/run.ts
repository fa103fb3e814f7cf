import { DAY, MINUTE } from "../../src/domain/time.ts";
import { seenAs } from "../invariants/shapes.ts";
import { InvariantViolation } from "../invariants/monitor.ts";
import { problemsAtRest } from "./at-rest.ts";
import { scenarioOf, simplified, type Scenario } from "./scenario.ts";
import { Simulation, type SimulationOptions } from "./simulation.ts";

/** How a story went. */
export interface Result {
  readonly seed: number;
  readonly writes: number;
  readonly operatorWrites: number;
  /** Fingerprint of everything that was written. */
  readonly hash: string;
  readonly counts: Readonly<Record<string, number>>;
  /** What went wrong and was done, by the names with which it can be left out. */
  readonly events: readonly string[];
  readonly failure?: { readonly kind: string; readonly message: string } | undefined;
}

/** So many calm nights, at most, lead to where everything should be. */
const MOST_CALM_NIGHTS = 6;
/** From then on so long nothing is due. */
const REST_MS = 15 * MINUTE;

export type RunOptions = Pick<SimulationOptions, "tell" | "thorough" | "log"> & { readonly without?: readonly string[] };

/** Plays the story of a seed to its end, or to the first thing that must not happen. */
export function run(seed: number, options: RunOptions = {}): Promise<Result> {
  return runScenario(scenarioOf(seed), options);
}

/** The same with a world of one's own. */
export async function runScenario(whole: Scenario, { without = [], ...options }: RunOptions = {}): Promise<Result> {
  const { seed } = whole;
  const scenario = simplified(whole, new Set(without));
  const simulation = new Simulation({ ...options, scenario, without: new Set(without) });
  const rejections: unknown[] = [];
  const note = (error: unknown): void => void rejections.push(error);
  process.on("unhandledRejection", note);
  let failure: Result["failure"];
  try {
    await play(simulation);
    if (rejections.length > 0) throw rejections[0];
  } catch (error) {
    failure = failureOf(error);
  } finally {
    process.off("unhandledRejection", note);
    simulation.end();
  }
  const { writeLog, faults, member, performed, happenings, server } = simulation;
  if (server.reads.gone > 0) happenings.count("410 on a watch");
  return { seed, writes: writeLog.count, operatorWrites: writeLog.operators, hash: writeLog.hash, counts: Object.fromEntries(happenings.counts), events: [...performed, ...faults.taken, ...(member?.faults.taken ?? [])], failure };
}

async function play(simulation: Simulation): Promise<void> {
  const { scenario, monitor } = simulation;
  await simulation.begin();
  simulation.beCalm();
  let problems: readonly string[] = [];
  for (let night = scenario.leastCalmNights; night <= MOST_CALM_NIGHTS; night += 1) {
    await simulation.runTo(scenario.restFrom + night * DAY);
    problems = problemsAtRest(simulation);
    if (problems.length === 0) break;
  }
  if (problems.length > 0) throw new NotAsAsked(problems.join("; "));
  await untilNothingIsDue(simulation);
  monitor.expectSilence();
  await simulation.runTo(simulation.timeline.truth + REST_MS);
  monitor.checkAtRest(simulation.timeline.truth);
  // In the middle of an attempt no agents can be asked: there a new process knows less than the one before.
  const isStuck = [...simulation.server.store.values("Tenant")].some((tenant) => seenAs("Tenant", [tenant])[0]?.status?.upgrade !== undefined);
  if (!scenario.restartsAtRest || isStuck) return;
  // Those who begin anew see the same objects, in another order, and remember nothing.
  monitor.expectSameDecisions();
  simulation.startAnew();
  await simulation.runTo(simulation.timeline.truth + REST_MS);
}

/** Ages, intervals and approvals may end at any time: a rest begins when nothing names an instant that is in it, or was just now: Events are written a while after. */
async function untilNothingIsDue(simulation: Simulation): Promise<void> {
  const { timeline, server } = simulation;
  const isDue = (): boolean =>
    ["Tenant", "ReleaseChannel", "Approval", "Freeze"].some((kind) =>
      [...server.store.values(kind)].some(({ spec, status }) =>
        [...JSON.stringify(isPeriod(kind) ? { spec, status } : (status ?? {})).matchAll(INSTANT)].some(([text]) => Date.parse(text) >= timeline.truth - MINUTE && Date.parse(text) <= timeline.truth + 2 * REST_MS),
      ),
    );
  for (let tries = 0; isDue() && tries < MOST_PUT_OFF; tries += 1) await simulation.runTo(timeline.truth + REST_MS);
}

/** Whether objects of the kind say themselves from when and until when they count. */
function isPeriod(kind: string): boolean {
  return kind === "Approval" || kind === "Freeze";
}

const INSTANT = /\d{4}-\d\d-\d\dT[\d:.]+Z/g;
const MOST_PUT_OFF = 10;

/** The world did not come to what was asked for. */
class NotAsAsked extends Error {
  override readonly name = "NotAsAsked";
}

function failureOf(error: unknown): NonNullable<Result["failure"]> {
  if (error instanceof InvariantViolation) return { kind: error.invariant, message: error.message };
  if (error instanceof NotAsAsked) return { kind: error.name, message: error.message };
  return { kind: error instanceof Error ? error.name : "unknown", message: error instanceof Error ? (error.stack ?? error.message) : String(error) };
}
