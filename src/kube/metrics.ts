import type { MetricDefinition } from "../runtime/metrics.ts";
import { REACHABILITY_METRICS } from "./reachability.ts";
import { RECORDER_METRICS } from "./recorder.ts";
import { REFLECTOR_METRICS } from "./reflector-meter.ts";
import { REST_METRICS } from "./transport.ts";

/** Everything that this folder measures. */
export const KUBE_METRICS: readonly MetricDefinition[] = [...REST_METRICS, ...REFLECTOR_METRICS, ...REACHABILITY_METRICS, ...RECORDER_METRICS];
