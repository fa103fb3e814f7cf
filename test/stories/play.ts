import { Simulation } from "../sim/simulation.ts";
import { localTime } from "./local-time.ts";
import { scenarioOf } from "./scenario.ts";
import type { Story } from "./story-file.ts";
import { timelineOf } from "./telling/timeline.ts";
import { Witness } from "./witness.ts";

/** Plays a story with one order of events: the text of its file as it should be. Throws what breaks an invariant (design §11). */
export async function play(story: Story, seed: number): Promise<string> {
  const witness = new Witness((instant) => localTime(instant, story.zone));
  const scenario = scenarioOf(story, seed);
  const simulation = new Simulation({ scenario, watch: (change, truth) => witness.see(change, truth), onAction: (planned, truth) => witness.act(planned, truth) });
  const rejections: unknown[] = [];
  const note = (error: unknown): void => void rejections.push(error);
  process.on("unhandledRejection", note);
  try {
    await simulation.begin();
    simulation.monitor.checkAtRest(simulation.timeline.truth);
    if (rejections.length > 0) throw rejections[0];
    const missed = scenario.actions.find(({ id }) => !simulation.performed.includes(id));
    if (missed !== undefined) throw new Error(`"${missed.id}" never came to pass`);
  } finally {
    process.off("unhandledRejection", note);
    simulation.end();
  }
  return textOf(story, witness);
}

/** What people do comes first in its minute. */
function textOf({ head, zone, deeds }: Story, witness: Witness): string {
  const observed = timelineOf(witness.happenings(), (instant) => localTime(instant, zone));
  const all = [...deeds, ...observed].map((each, n) => ({ ...each, n })).sort((a, b) => a.at - b.at || a.n - b.n);
  return `${[head, "", ...all.flatMap(({ lines }) => lines)].join("\n")}\n`;
}
