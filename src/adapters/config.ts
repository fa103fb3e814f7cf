import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { z } from "zod";
import { MOST_PURGES } from "../api/index.ts";
import { HOUR, parseDuration } from "../domain/time.ts";
import { VERSION_SERVER, type Platform } from "../domain/objects/platform.ts";
import { aws } from "./config-aws.ts";
import { metrics } from "./config-metrics.ts";
import { ports } from "./config-ports.ts";
import { regions } from "./config-regions.ts";
import { VERSION } from "../version.ts";

const seconds = (fallback: number) => z.int().min(0).max(86_400).default(fallback);
const repository = z
  .string()
  .min(1)
  .regex(/^[^\s@]+$/, "must be an image repository without a digest")
  .refine((text) => !/:[^/]*$/.test(text), "must be an image repository without a tag: the release names the tag");

const IMAGE = "public.ecr.aws/gravitational/teleport-distroless";

const cidr = z.union([z.cidrv4(), z.cidrv6()], "must be a block of addresses such as 10.0.0.0/8");
const name = z.string().regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/, "must be the name of a namespace").max(63);
const PRIVATE = ["10.0.0.0/8", "100.64.0.0/10", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"];

/** Absent: tenants get no certificate. An Issuer of cert-manager's is one in the tenant's namespace, which nobody makes: hence the default. */
const certificates = z
  .strictObject({ issuerRef: z.strictObject({ name: z.string().min(1).max(253), kind: z.string().min(1).max(63).default("ClusterIssuer"), group: z.string().min(1).max(253).default("cert-manager.io") }) })
  .optional();

/** Of these the defaults suit most clusters; to know one's own API servers is better than to allow every private address. */
const network = z
  .strictObject({
    apiServer: z.strictObject({ cidrs: z.array(cidr).min(1).default(PRIVATE), ports: z.array(z.int().min(1).max(65_535)).min(1).default([443, 6443]) }).prefault({}),
    dns: z.strictObject({ namespace: name.default("kube-system"), labels: z.record(z.string(), z.string()).default({ "k8s-app": "kube-dns" }), cidrs: z.array(cidr).default([]) }).prefault({}),
    monitoringNamespace: name.default("monitoring"),
    privateCidrs: z.array(cidr).min(1).default([...PRIVATE, "169.254.0.0/16", "fe80::/10"]),
  })
  .prefault({});

const volume = z
  .strictObject({
    size: z.string().regex(/^[0-9]+(Mi|Gi|Ti)$/, "must be a size such as 10Gi").default("10Gi"),
    storageClassName: z.string().min(1).optional(),
    snapshotClassName: z.string().min(1).optional(),
    copyImage: z.string().regex(/^\S+$/, "must be an image").default(`slacktide:${VERSION}`),
  })
  .prefault({});
/** The shortest retention is seven days: nobody's data goes before the tenant was switched off. */
const lapseGrace = z
  .string()
  .refine((text) => (parseDuration(text) ?? Infinity) <= 168 * HOUR, "must be a duration in h, m and s of at most 168h, such as 72h")
  .default("72h");
/** 0: none, until somebody decides otherwise. */
const maxPurgesPerDay = z.int().min(0).max(MOST_PURGES).default(20);

/** The platform's configuration file; every field has a default under which the examples run. */
const file = z.strictObject({
  images: z.strictObject({ auth: repository.default(IMAGE), proxy: repository.default(IMAGE) }).prefault({}),
  domainSuffixes: z
    .array(z.string().regex(/^\.[a-z0-9.-]+$/, "must begin with a dot, such as .teleport.example"))
    .min(1)
    .default([".teleport.example"]),
  pods: z
    .strictObject({
      minReadySeconds: seconds(15),
      authGraceSeconds: seconds(60),
      proxyGraceSeconds: seconds(210),
      preStopSeconds: seconds(30),
      verifySeconds: seconds(120),
      stepDeadlineSeconds: z.int().min(1).max(86_400).default(900),
    })
    .prefault({}),
  versionServer: z
    .string()
    .regex(/^https?:\/\/[a-z0-9.-]+(:[0-9]{1,5})?$/, "must be where proxies reach the version server, without a path, such as http://slacktide-versions.slacktide.svc:8081")
    .refine((address) => URL.canParse(address), "is no address: a port is at most 65535")
    .default(VERSION_SERVER),
  volume,
  network,
  ports,
  lapseGrace,
  maxPurgesPerDay,
  certificates,
  metrics,
  aws,
  regions,
});
const schema = file.prefault({});

/** What can be set in it; the chart lets in the same. */
export const SETTINGS: readonly string[] = Object.keys(file.shape);

/** A configuration that cannot be used; the message lists every error with its place. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
}

/** Reads and validates the configuration file; without a path the defaults. Throws ConfigError. */
export function loadPlatform(path: string | undefined): Platform {
  if (path === undefined) return platformOf({}, "(defaults)");
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    throw new ConfigError(`read configuration "${path}": ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
  return platformOf(parseYaml(text, path), path);
}

function parseYaml(text: string, path: string): unknown {
  try {
    return parse(text) ?? {};
  } catch (error) {
    const [why = ""] = (error instanceof Error ? error.message : String(error)).split("\n");
    throw new ConfigError(`parse configuration "${path}": ${why}`, { cause: error });
  }
}

function platformOf(raw: unknown, path: string): Platform {
  const parsed = schema.safeParse(raw);
  if (parsed.success) {
    const { volume: asked, lapseGrace: grace, maxPurgesPerDay: most, ...rest } = parsed.data;
    const { storageClassName, snapshotClassName, ...always } = asked;
    const named = { ...(storageClassName !== undefined && { storageClassName }), ...(snapshotClassName !== undefined && { snapshotClassName }) };
    return { ...rest, lapse: { graceMs: parseDuration(grace) ?? 0, maxPurgesPerDay: most }, volume: { ...always, ...named } };
  }
  const problems = parsed.error.issues.map((issue) => `${issue.path.length === 0 ? "the file" : issue.path.join(".")}: ${issue.message}`);
  throw new ConfigError(`configuration "${path}": ${problems.sort().join("; ")}`);
}
