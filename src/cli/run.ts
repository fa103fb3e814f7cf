import { hostname } from "node:os";
import { type Command, Option } from "commander";
import type { Instant } from "../domain/time.ts";
import { problemOfTiming, USUAL_TIMING } from "../runtime/lease.ts";
import { instant, milliseconds, port } from "./arguments.ts";
import { UsageError } from "./errors.ts";

interface RunFlags {
  readonly kubeconfig?: string;
  readonly config?: string;
  readonly metricsPort: number;
  readonly versionPort?: number;
  readonly logLevel: "debug" | "info" | "warn" | "error";
  readonly identity: string;
  readonly leaderElect?: boolean;
  readonly leaseNamespace: string;
  readonly leaseName: string;
  readonly leaseDuration: number;
  readonly renewDeadline: number;
  readonly retryPeriod: number;
  readonly rehearseFrom?: Instant;
  readonly rehearseUntil?: Instant;
  readonly exitAtEnd?: boolean;
}

/** `slacktide run`. */
export function addRun(program: Command, setCode: (code: number) => void): void {
  const command = program
    .command("run")
    .description("run the operator until it is told to stop")
    .option("--kubeconfig <file>", "kubeconfig to use; by default the usual one, or the pod's service account")
    .option("--config <file>", "configuration of the platform; every setting has a default")
    .option("--metrics-port <port>", "port of /metrics, /healthz and /readyz; 0 for any", port, 8080)
    .option("--version-port <port>", "port of the version server for agents; 0 for any, by default there is none", port)
    .addOption(new Option("--log-level <level>", "how much to log").choices(["debug", "info", "warn", "error"]).default("info"));
  addElection(command)
    .option("--rehearse-from <instant>", "begin at this instant and leap from event to event; for tests and demos alone", instant)
    .option("--rehearse-until <instant>", "do not leap past this instant", instant)
    .option("--exit-at-end", "exit when the rehearsal reaches its end")
    .action(async (flags: RunFlags) => {
      const { kubeconfig, config, metricsPort, versionPort, logLevel, identity, leaseNamespace: namespace } = flags;
      const parts = { rehearsal: rehearsalOf(flags), election: electionOf(flags) };
      // Loaded here: the other commands need no Kubernetes client.
      const { run } = await import("../main.ts");
      setCode(await run({ kubeconfig, config, metricsPort, versionPort, logLevel, identity, namespace, ...parts }));
    });
}

function addElection(command: Command): Command {
  const { leaseDurationMs, renewDeadlineMs, retryPeriodMs } = USUAL_TIMING;
  const length = (flags: string, description: string, value: number) =>
    new Option(flags, description).argParser(milliseconds).default(value, `${value / 1000}s`);
  return command
    .option("--leader-elect", "act only while holding the Lease that all replicas compete for")
    .addOption(new Option("--identity <pod>", "the pod's name").env("POD_NAME").default(hostname(), "the host's name"))
    .addOption(new Option("--lease-namespace <namespace>", "the operator's own namespace: where the Lease is, and the claims of ports").env("POD_NAMESPACE").default("default"))
    .option("--lease-name <name>", "the Lease; one for each installation", "slacktide")
    .addOption(length("--lease-duration <length>", "how long the leader may be silent before another one takes over", leaseDurationMs))
    .addOption(length("--renew-deadline <length>", "how long the leader acts on without being able to renew", renewDeadlineMs))
    .addOption(length("--retry-period <length>", "how often the leader renews, and how long to wait after a failure", retryPeriodMs));
}

function electionOf({ leaderElect = false, identity: pod, leaseNamespace: namespace, leaseName: lease, ...flags }: RunFlags) {
  const { leaseDuration: leaseDurationMs, renewDeadline: renewDeadlineMs, retryPeriod: retryPeriodMs } = flags;
  if (!leaderElect) return undefined;
  const timing = { leaseDurationMs, renewDeadlineMs, retryPeriodMs };
  const problem = problemOfTiming(timing);
  if (problem !== undefined) throw new UsageError(`--lease-duration, --renew-deadline, --retry-period: ${problem}`);
  return { replica: { pod, namespace, lease }, timing };
}

function rehearsalOf({ rehearseFrom: from, rehearseUntil: until, exitAtEnd = false }: RunFlags) {
  if (from === undefined && (until !== undefined || exitAtEnd)) throw new UsageError("--rehearse-until and --exit-at-end need --rehearse-from");
  if (exitAtEnd && until === undefined) throw new UsageError("--exit-at-end needs --rehearse-until");
  if (from !== undefined && until !== undefined && until <= from) throw new UsageError("--rehearse-until must lie after --rehearse-from");
  return from === undefined ? undefined : { from, until, exitAtEnd };
}
