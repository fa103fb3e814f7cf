import type { Mono } from "./clock.ts";
import type { Labels, MetricDefinition, Metrics } from "./metrics.ts";

const SECONDS = [
  0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.25, 1.5, 1.75, 2,
  2.5, 3, 3.5, 4, 4.5, 5, 6, 7, 8, 9, 10, 15, 20, 25, 30, 40, 50, 60,
];

const counter = (name: string, help: string, labels: readonly string[] = ["controller"]): MetricDefinition => ({
  name: `controller_runtime_${name}`,
  type: "counter",
  help,
  labels,
});
const gauge = (name: string, help: string): MetricDefinition => ({ ...counter(name, help), type: "gauge" });

/** The controller metrics under controller-runtime's names. */
export const CONTROLLER_METRICS: readonly MetricDefinition[] = [
  counter("reconcile_total", "Reconciles by how they ended.", ["controller", "result"]),
  counter("reconcile_errors_total", "Reconciles that failed."),
  counter("terminal_reconcile_errors_total", "Reconciles that failed and are tried again after ten minutes, not with backoff."),
  counter("reconcile_panics_total", "Reconciles that failed by a programming error."),
  counter("reconcile_timeouts_total", "Reconciles that passed their deadline."),
  { ...counter("reconcile_time_seconds", "Seconds that a reconcile took."), type: "histogram", buckets: SECONDS },
  gauge("max_concurrent_reconciles", "How many reconciles may run at a time."),
  gauge("active_workers", "How many reconciles are running."),
];

interface MeterOptions {
  readonly name: string;
  readonly workers: number;
  readonly mono: Mono;
  readonly metrics: Metrics;
}

/** Errors that the language throws for bugs. */
const BUGS = [TypeError, RangeError, ReferenceError];

/** Measures one controller. */
export class ControllerMeter {
  readonly #mono: Mono;
  readonly #metrics: Metrics;
  readonly #labels: Labels;
  #active = 0;

  constructor(options: MeterOptions) {
    this.#mono = options.mono;
    this.#metrics = options.metrics;
    this.#labels = { controller: options.name };
    this.#metrics.set("controller_runtime_max_concurrent_reconciles", this.#labels, options.workers);
    this.#setActive(0);
    // What is first shown with its first increment, no rate is reckoned of.
    for (const name of ["reconcile_errors_total", "reconcile_panics_total"]) this.#metrics.increment(`controller_runtime_${name}`, this.#labels, 0);
  }

  /** A reconcile begins; call what is returned with how it ended. */
  started(): (result: "success" | "error" | "requeue" | "requeue_after") => void {
    const start = this.#mono.now();
    this.#setActive(this.#active + 1);
    return (result) => {
      this.#setActive(this.#active - 1);
      this.#metrics.increment("controller_runtime_reconcile_total", { ...this.#labels, result });
      this.#metrics.observe("controller_runtime_reconcile_time_seconds", this.#labels, (this.#mono.now() - start) / 1000);
    };
  }

  failed(error: unknown, kind: "retry" | "terminal"): void {
    this.#count("reconcile_errors_total");
    if (kind === "terminal") this.#count("terminal_reconcile_errors_total");
    if (BUGS.some((bug) => error instanceof bug)) this.#count("reconcile_panics_total");
  }

  timedOut(): void {
    this.#count("reconcile_timeouts_total");
  }

  #count(name: string): void {
    this.#metrics.increment(`controller_runtime_${name}`, this.#labels);
  }

  #setActive(active: number): void {
    this.#active = active;
    this.#metrics.set("controller_runtime_active_workers", this.#labels, active);
  }
}
