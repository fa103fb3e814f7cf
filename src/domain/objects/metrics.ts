import { ANNOTATION } from "../../api/index.ts";
import type { DesiredObject } from "./desired.ts";
import { inNamespaceOf, namespaceOf, type Owner } from "./names.ts";
import type { Metrics } from "./platform.ts";
import type { PodTemplate } from "./pod-template.ts";

/** The Issuer and the Certificate of a tenant's metrics. */
export const METRICS = "metrics";

/** The Secrets that keep key and certificate: that of cert-manager, and that which Slacktide makes once. */
const SECRETS = { CertManager: "metrics-tls", Slacktide: "metrics-own" } as const;

/** The ConfigMap that shows the certificate in the latter, for those who may see no Secret. While it is there no other one is made. */
export const METRICS_CERTIFICATE = "metrics-certificate";
const CERTIFICATE_FILE = "tls.crt";
const KEY_FILE = "tls.key";

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

/** A private key and the certificate of it, as PEM. The key is for a Secret and for nothing else: no log, no event, no status, no error. */
export interface Credential {
  readonly key: string;
  readonly cert: string;
}

/** The Secret that pods are to show metrics with. */
export function metricsSecret({ keysFrom }: Pick<Metrics, "keysFrom">): string {
  return SECRETS[keysFrom];
}

/** The name by which the servers of a tenant's metrics are known, and no other tenant's. */
export function metricsName(tenant: string): string {
  return `metrics.${namespaceOf(tenant)}.svc`;
}

/**
 * What has cert-manager make a tenant's own credential (rows F17 and F20): a key and a certificate signed by it. Teleport starts with no other
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
        secretName: SECRETS.CertManager,
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

/** The tenant's own credential where Slacktide makes it: Kubernetes itself refuses whatever would change it. */
export function ownMetricsSecret(owner: Owner, { key, cert }: Credential): DesiredObject {
  const data = { [CERTIFICATE_FILE]: base64(cert), [KEY_FILE]: base64(key) };
  return { ...inNamespaceOf(owner)("v1", "Secret", SECRETS.Slacktide), type: "kubernetes.io/tls", immutable: true, data };
}

/** Its certificate, which is public. */
export function shownCertificate(owner: Owner, cert: string): DesiredObject {
  return { ...inNamespaceOf(owner)("v1", "ConfigMap", METRICS_CERTIFICATE), data: { [CERTIFICATE_FILE]: cert } };
}

/** The certificate in a Secret as it is read; undefined if there is none. */
export function certificateIn({ data }: { readonly data?: Readonly<Record<string, string>> | undefined }): string | undefined {
  const text = data?.[CERTIFICATE_FILE];
  return text === undefined ? undefined : Buffer.from(text, "base64").toString();
}

function base64(text: string): string {
  return Buffer.from(text).toString("base64");
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

/** What a container has for them. */
export const METRICS_PARTS = {
  mount: { name: VOLUME, mountPath: DIR, readOnly: true },
  port: { name: METRICS, containerPort: METRICS_PORT, protocol: "TCP" },
} as const;

/** What its pod has: key and certificate from the Secret, and the authorities of clients, all there or it does not start. */
export function metricsVolume(secret: string): object {
  const items = [CERTIFICATE_FILE, KEY_FILE].map((key) => ({ key, path: key }));
  return { name: VOLUME, projected: { sources: [{ secret: { name: secret, items } }, { configMap: { name: METRICS_CLIENTS, items: [{ key: CLIENTS_FILE, path: CLIENTS_FILE }] } }] } };
}

/** The Secret with which pods of a template show their metrics over mutual TLS; undefined: they do not. */
export function metricsSecretOf({ spec }: PodTemplate): string | undefined {
  const { volumes } = (spec ?? {}) as { readonly volumes?: unknown }; // a pod's, or what somebody made of it
  if (!Array.isArray(volumes)) return undefined;
  const found = (volumes as readonly (Projected | null)[]).find((volume) => volume?.name === VOLUME);
  return found?.projected?.sources?.find(({ secret }) => secret !== undefined)?.secret?.name;
}

/** A volume as it is rendered. */
interface Projected {
  readonly name?: string;
  readonly projected?: { readonly sources?: readonly { readonly secret?: { readonly name: string } }[] };
}

/** Whether pods of a template show their metrics over mutual TLS alone. */
export function mountsMetrics(template: PodTemplate): boolean {
  return metricsSecretOf(template) !== undefined;
}

/** The clients that pods of a template let in, by the id of their authorities. */
export function clientsOf({ metadata }: PodTemplate): string | undefined {
  const { annotations } = (metadata ?? {}) as { readonly annotations?: Readonly<Record<string, string>> }; // a pod's
  return annotations?.[ANNOTATION.metricsClients];
}
