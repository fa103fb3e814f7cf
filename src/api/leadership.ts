import { z } from "zod";
import type { CelRule } from "./common.ts";

/** The one object of the kind: a cluster has one leader, however many installations somebody tries to run. */
export const LEADERSHIP_NAME = "slacktide";

/** What the API server says to a writer that is not the leader; the chart's policy says the same words. */
export const NOT_THE_LEADER = "not the recorded leader";

const spec = z.object({
  namespace: z.string().min(1).max(63).meta({ description: "The namespace of the installation that leads, and of its Lease." }),
  lease: z.string().min(1).max(253).meta({ description: "The Lease that the installation's replicas compete for." }),
  holder: z.string().min(1).max(253).meta({ description: "The pod that leads; every other one of the installation is refused." }),
  epoch: z.int().min(1).meta({ description: "Counts the changes of leader; it only ever grows." }),
});

/** Who may write, by the name of its pod: the parameter of the policy that fences former leaders off. */
export type LeadershipSpec = Readonly<z.infer<typeof spec>>;

const rules: readonly CelRule[] = [
  { rule: `self.metadata.name == '${LEADERSHIP_NAME}'`, message: `there is one Leadership, named ${LEADERSHIP_NAME}` },
  {
    rule: "self.spec == oldSelf.spec || self.spec.epoch > oldSelf.spec.epoch",
    message: "a change of leader has a higher epoch: a former leader cannot record itself again",
  },
];

export const leadership = { spec, rules };
