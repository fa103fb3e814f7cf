import type { Region } from "../../../src/domain/objects/platform.ts";

export const HOME = "us-west-2";
/** The region whose proxies are in the other cluster. */
export const ABROAD = "eu-central-1";
const SECRET = { name: "europe", key: "kubeconfig" } as const;

/** The regions of a platform of which one lies in another cluster. */
export const REGIONS: readonly Region[] = [
  { name: HOME },
  { name: ABROAD, cluster: { kubeconfigSecret: SECRET, authAddress: "{tenant}.auth.teleport.example:443", proxyCidrs: ["203.0.113.0/24"] } },
];

/** Where the operator reads how to reach it; each replica is shown its own way. */
export const SECRET_PATH = `/secrets/${SECRET.name}`;
export const SECRET_KEY: string = SECRET.key;
