import { LABEL } from "../../api/index.ts";
import { PORT } from "./config.ts";
import { AUTH, ownerLabels, podSelector, proxyName, type Owner } from "./names.ts";
import type { Platform } from "./platform.ts";

/** A pod template is a function of version, revision and the tenant's spec (design §9); this renders revision 1. */
export interface TemplateInput {
  readonly owner: Owner;
  readonly version: string;
  /** Digest that pins the image, if the channel gives one. */
  readonly digest?: string | undefined;
  readonly platform: Platform;
  /** The tenant's agents are told what to run. */
  readonly autoUpdate?: boolean;
}

export type PodTemplate = Readonly<Record<string, unknown>>;

const CONFIG_DIR = "/etc/teleport";
const DATA_DIR = "/var/lib/teleport";

/** The pod template of Auth on embedded storage: one pod, one volume. */
export function authTemplate(input: TemplateInput): PodTemplate {
  const { platform } = input;
  return template(input, {
    component: AUTH,
    serviceAccount: "auth",
    graceSeconds: platform.pods.authGraceSeconds,
    container: container("auth", imageOf(platform.images.auth, input), {
      input,
      args: [`--config=${CONFIG_DIR}/teleport.yaml`, `--apply-on-startup=${CONFIG_DIR}/resources.yaml`, `--diag-addr=0.0.0.0:${PORT.diag}`],
      ports: [
        { name: "auth", containerPort: PORT.auth, protocol: "TCP" },
        { name: "diag", containerPort: PORT.diag, protocol: "TCP" },
      ],
    }),
    configMap: "auth-config",
    data: { persistentVolumeClaim: { claimName: "auth-data" } },
  });
}

/** The pod template of the proxies of one region. */
export function proxyTemplate(input: TemplateInput, region: string): PodTemplate {
  const { platform } = input;
  const ports = { web: PORT.web, ssh: PORT.ssh, tunnel: PORT.tunnel, kube: PORT.proxyKube, mysql: PORT.mysql, postgres: PORT.postgres, diag: PORT.diag };
  return template(input, {
    component: proxyName(region),
    serviceAccount: "proxy",
    graceSeconds: platform.pods.proxyGraceSeconds,
    container: container("proxy", imageOf(platform.images.proxy, input), {
      input,
      args: [`--config=${CONFIG_DIR}/teleport.yaml`, `--diag-addr=0.0.0.0:${PORT.diag}`],
      ports: Object.entries(ports).map(([name, containerPort]) => ({ name, containerPort, protocol: "TCP" })),
    }),
    configMap: "proxy-config",
    data: { emptyDir: {} },
  });
}

/** The image by tag, and by digest where the channel gives one. Tags carry no `v`. */
export function imageOf(repository: string, { version, digest }: Pick<TemplateInput, "version" | "digest">): string {
  return digest === undefined ? `${repository}:${version}` : `${repository}:${version}@${digest}`;
}

/** What a restricted namespace asks of every container. */
export const RESTRICTED = {
  allowPrivilegeEscalation: false,
  capabilities: { drop: ["ALL"] },
  readOnlyRootFilesystem: true,
  runAsNonRoot: true,
  seccompProfile: { type: "RuntimeDefault" },
} as const;

interface Parts {
  readonly component: string;
  readonly serviceAccount: string;
  readonly graceSeconds: number;
  readonly container: object;
  readonly configMap: string;
  readonly data: object;
}

function template({ owner, version }: TemplateInput, parts: Parts): PodTemplate {
  return {
    metadata: { labels: { ...ownerLabels(owner), ...podSelector(owner.name, parts.component), [LABEL.version]: version } },
    spec: {
      serviceAccountName: parts.serviceAccount,
      terminationGracePeriodSeconds: parts.graceSeconds,
      securityContext: { runAsNonRoot: true, runAsUser: 65532, runAsGroup: 65532, fsGroup: 65532 },
      topologySpreadConstraints: [
        {
          maxSkew: 1,
          topologyKey: "topology.kubernetes.io/zone",
          whenUnsatisfiable: "ScheduleAnyway",
          labelSelector: { matchLabels: podSelector(owner.name, parts.component) },
        },
      ],
      containers: [parts.container],
      volumes: [
        { name: "config", configMap: { name: parts.configMap } },
        { name: "data", ...parts.data },
        { name: "tmp", emptyDir: {} },
      ],
    },
  };
}

/** Without it Teleport tells agents nothing, whatever its channels. Absent where it is not wanted: such a template is as it always was. */
const TELLS_AGENTS = [{ name: "TELEPORT_AUTOMATIC_UPGRADES", value: "true" }];

interface ContainerParts {
  readonly input: TemplateInput;
  readonly args: readonly string[];
  readonly ports: readonly object[];
}

function container(name: string, image: string, { input: { platform, autoUpdate = false }, args, ports }: ContainerParts): object {
  const probe = { httpGet: { path: "/readyz", port: "diag" }, periodSeconds: 5, timeoutSeconds: 5, failureThreshold: 12 };
  return {
    name,
    image,
    args: ["start", ...args],
    ports,
    ...(autoUpdate && { env: TELLS_AGENTS }),
    readinessProbe: probe,
    livenessProbe: { ...probe, httpGet: { path: "/healthz", port: "diag" }, initialDelaySeconds: 5, failureThreshold: 6 },
    ...preStop(platform.pods.preStopSeconds),
    resources: { requests: { cpu: "100m", memory: "256Mi" } },
    securityContext: RESTRICTED,
    volumeMounts: [
      { name: "config", mountPath: CONFIG_DIR, readOnly: true },
      { name: "data", mountPath: DATA_DIR },
      { name: "tmp", mountPath: "/tmp" },
    ],
  };
}

/** Lets clients move away before the pod ends. */
function preStop(seconds: number): object {
  if (seconds === 0) return {};
  return { lifecycle: { preStop: { exec: { command: ["teleport", "wait", "duration", `${seconds}s`] } } } };
}
