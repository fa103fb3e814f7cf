import { z } from "zod";
import { TENANT_PLACEHOLDER } from "../domain/objects/member-objects.ts";

const LABEL = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";
const cidr = z.union([z.cidrv4(), z.cidrv6()], "must be a block of addresses such as 10.0.0.0/8");
const objectName = z.string().regex(new RegExp(`^${LABEL}(\\.${LABEL})*$`), "must be the name of a Secret").max(253);

const cluster = z.strictObject({
  kubeconfigSecret: z.strictObject({ name: objectName, key: z.string().regex(/^[-._a-zA-Z0-9]+$/, "must be a key of the Secret").max(253).default("kubeconfig") }),
  authAddress: z
    .string()
    .max(253)
    .refine(isAddress, `must be where proxies reach a tenant's Auth, such as ${TENANT_PLACEHOLDER}.auth.teleport.example:443: one host name or address for each tenant, and a port`),
  authCidrs: z.array(cidr).min(1).optional(),
  proxyCidrs: z.array(cidr).min(1),
  jwks: z.string().max(20_000).refine(arePublicKeys, "must be what kubectl get --raw /openid/v1/jwks prints in that cluster: a JSON object with public keys").optional(),
});

const region = z.strictObject({ name: z.string().max(40).regex(new RegExp(`^${LABEL}$`), "must be a region's name such as us-west-2"), cluster: cluster.optional() });

/** The section `regions`: where tenants' proxies can be (row F2). Absent: every region that a tenant names is in this cluster. */
export const regions = z
  .array(region)
  .min(1)
  .max(64)
  .superRefine((all, context) => {
    const complain = (path: (string | number)[], message: string): void => context.addIssue({ code: "custom", path, message });
    if (all.every((each) => each.cluster !== undefined)) complain([], "none is in this cluster, and a tenant's home must be: give one without cluster");
    all.forEach(({ name }, n) => {
      if (all.findIndex((each) => each.name === name) < n) complain([n, "name"], `${name} is there twice`);
    });
  })
  .optional();

/** What a private or a shared key has besides. */
const PRIVATE_PARTS = ["d", "p", "q", "k"];

function arePublicKeys(text: string): boolean {
  const { data } = z.object({ keys: z.array(z.record(z.string(), z.unknown())).min(1) }).safeParse(parsedJson(text));
  return data !== undefined && data.keys.every((key) => "kty" in key && !PRIVATE_PARTS.some((part) => part in key));
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A host and a port; it names the tenant, or every tenant's proxies would come to one Auth. */
function isAddress(text: string): boolean {
  const [, port = ""] = /^[^:]+:([0-9]{1,5})$/.exec(text) ?? [];
  const host = text.replaceAll(TENANT_PLACEHOLDER, "tenant").split(":")[0] ?? "";
  return text.includes(TENANT_PLACEHOLDER) && new RegExp(`^${LABEL}(\\.${LABEL})*$`).test(host) && Number(port) >= 1 && Number(port) <= 65_535;
}
