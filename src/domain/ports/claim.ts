import { ANNOTATION, LABEL, type ObjectMeta } from "../../api/index.ts";
import { ownerLabels, type Owner } from "../objects/names.ts";
import type { DesiredObject } from "../objects/desired.ts";
import { DAY, instantOf, isoOf, type Instant } from "../time.ts";
import { blockAt, BLOCK_SIZE, type Block } from "./block.ts";

/** That a block is a tenant's, or was: a ConfigMap in the operator's namespace, whose name is the lock (design §9). */
export interface Claim {
  readonly block: Block;
  readonly owner: Owner;
  /** From then on it is in quarantine; Infinity: since nobody knows when. */
  readonly releasedAt?: Instant | undefined;
}

/** For so long a released block is given to nobody: agents and users of its last tenant may still come. */
export const QUARANTINE_MS = 30 * DAY;

/** The value of the label `LABEL.ports`. */
const CLAIM = "claim";

export function claimName({ address, first }: Block): string {
  return `ports-${address}-${first}`;
}

const NAME = /^ports-(.+)-([0-9]{4,5})$/;

/** Reads a claim from what a ConfigMap says of itself; undefined if it is none. */
export function claimOf({ name, labels, annotations }: ObjectMeta): Claim | undefined {
  const [, address = "", first = ""] = NAME.exec(name) ?? [];
  const block = blockAt(address, Number(first));
  if (block === undefined || !isClaim(labels)) return undefined;
  const released = annotations?.[ANNOTATION.releasedAt];
  const owner = { name: labels?.[LABEL.tenant] ?? "", uid: labels?.[LABEL.tenantUid] ?? "" };
  return { block, owner, ...(released !== undefined && { releasedAt: instantOf(released) ?? Number.POSITIVE_INFINITY }) };
}

export function isClaim(labels: ObjectMeta["labels"]): boolean {
  return labels?.[LABEL.ports] === CLAIM;
}

/** The claim as an object of the operator's namespace. Its data are for people. */
export function claimObject({ block, owner, releasedAt }: Claim, namespace: string): DesiredObject {
  const { address, first } = block;
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: {
      name: claimName(block),
      namespace,
      labels: { ...ownerLabels(owner), [LABEL.ports]: CLAIM },
      ...(releasedAt !== undefined && { annotations: { [ANNOTATION.releasedAt]: isoOf(releasedAt) } }),
    },
    data: { address, ports: `${first}-${first + BLOCK_SIZE - 1}`, tenant: owner.name },
  };
}

/** When the block of a released claim may be given again; undefined: it is not released, or nobody knows. */
export function quarantineEndsAt({ releasedAt }: Claim): Instant | undefined {
  return releasedAt === undefined || !Number.isFinite(releasedAt) ? undefined : releasedAt + QUARANTINE_MS;
}
