import { ANNOTATION } from "../../api/index.ts";
import type { DesiredObject } from "./desired.ts";
import { inNamespaceOf, namespaceOf, type Owner } from "./names.ts";
import type { Metrics } from "./platform.ts";
import type { PodTemplate } from "./pod-template.ts";

/** The Issuer and the Certificate of a tenant's metrics, and the Secret that cert-manager keeps key and certificate in. */
export const METRICS = "metrics";
export const METRICS_SECRET = "metrics-tls";

/** The ConfigMap with the authorities of those who may look at them. */
export const METRICS_CLIENTS = "metrics-clients";

/** The port at which Teleport shows them, its own default; and the key of the file that says so, beside the one without it. */
export const METRICS_PORT = 3081;
export const METRICS_FILE = "teleport-metrics.yaml";

const VOLUME = "metrics";
const DIR = "/etc/teleport-metrics";
const CLIENTS_FILE = "clients.crt";

/**
 * Ten years, as long as Teleport's own authorities: it reads key and certificate when it starts and never again, and whoever
 * looks trusts this very certificate.
 */
const LIFETIME = "87600h";

/** The name by which the servers of a tenant's metrics are known, and no other tenant's. */
export function metricsName(tenant: string): string {
  return `metrics.${namespaceOf(tenant)}.svc`;
}

/**
 * What makes a tenant's own credential (rows F17 and F20): a key and a certificate signed by it. Teleport starts with no other
 * certificate than one that the authorities of its image have issued, or one that signs itself and is no authority; so nothing
 * that one tenant holds speaks for another.
 */
export function metricsObjects(owner: Owner): readonly DesiredObject[] {
  const inNamespace = inNamespaceOf(owner);
  const issuer = inNamespace("cert-manager.io/v1", "Issuer", METRICS);
  const name = metricsName(owner.name);
  return [
    { ...issuer, spec: { selfSigned: {} } },
    {
      ...inNamespace("cert-manager.io/v1", "Certificate", METRICS),
      spec: {
        secretName: METRICS_SECRET,
        // By its labels it is protected, and found when it is left behind.
        secretTemplate: { labels: issuer.metadata.labels },
        commonName: name,
        dnsNames: [name],
        issuerRef: { name: METRICS, kind: "Issuer", group: "cert-manager.io" },
        usages: ["digital signature", "server auth"],
        privateKey: { algorithm: "ECDSA", size: 256, rotationPolicy: "Never" },
        duration: LIFETIME,
      },
    },
  ];
}

/** Who may look: the platform's word alone, never anything that was issued in a tenant's namespace. */
export function metricsClients(owner: Owner, { clientCa }: Metrics): DesiredObject {
  return { ...inNamespaceOf(owner)("v1", "ConfigMap", METRICS_CLIENTS), data: { [CLIENTS_FILE]: clientCa } };
}

/** What of `teleport.yaml` shows metrics to those clients alone; Teleport then shows them nowhere else. */
export const METRICS_SERVICE = {
  metrics_service: {
    enabled: true,
    listen_addr: `0.0.0.0:${METRICS_PORT}`,
    mtls: true,
    keypairs: [{ key_file: `${DIR}/tls.key`, cert_file: `${DIR}/tls.crt` }],
    ca_certs: [`${DIR}/${CLIENTS_FILE}`],
  },
} as const;

/** What a pod has for them: key, certificate, and the authorities of clients, all there or it does not start. */
export const METRICS_PARTS = {
  volume: { name: VOLUME, projected: { sources: [{ secret: { name: METRICS_SECRET, items: ["tls.crt", "tls.key"].map((key) => ({ key, path: key })) } }, { configMap: { name: METRICS_CLIENTS, items: [{ key: CLIENTS_FILE, path: CLIENTS_FILE }] } }] } },
  mount: { name: VOLUME, mountPath: DIR, readOnly: true },
  port: { name: METRICS, containerPort: METRICS_PORT, protocol: "TCP" },
} as const;

/** Whether pods of a template show their metrics over mutual TLS alone. */
export function mountsMetrics({ spec }: PodTemplate): boolean {
  const { volumes } = (spec ?? {}) as { readonly volumes?: unknown }; // a pod's, or what somebody made of it
  return Array.isArray(volumes) && (volumes as readonly { readonly name?: string }[]).some((volume) => volume?.name === VOLUME);
}

/** The clients that pods of a template let in, by the id of their authorities. */
export function clientsOf({ metadata }: PodTemplate): string | undefined {
  const { annotations } = (metadata ?? {}) as { readonly annotations?: Readonly<Record<string, string>> }; // a pod's
  return annotations?.[ANNOTATION.metricsClients];
}
