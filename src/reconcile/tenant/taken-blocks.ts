import { ANNOTATION, type TenantStatus } from "../../api/index.ts";
import { blockAt, blockText, BLOCKS_A_PAGE, pageOf, parseBlock, type Block, type Taken } from "../../domain/ports/block.ts";
import { claimName, claimOf } from "../../domain/ports/claim.ts";
import type { Caches, LiveObject, PortsKind } from "../ports.ts";
import { statusAs } from "../shapes.ts";

interface Seeing {
  readonly caches: Pick<Caches, "countOfPorts">;
  /** The operator's own namespace: claims elsewhere are another operator's. */
  readonly home: string;
}

/**
 * The blocks that nobody may be given: claimed, in quarantine, or recorded on the namespace or in the status of a tenant whose
 * claim is lost and not made again yet; and `others`. Each is looked up when it is asked for: no claim costs a look at every tenant.
 */
export function takenBlocks({ caches, home }: Seeing, others: readonly Block[] = []): Taken {
  const alsoTaken = new Set(others.map(blockText));
  return {
    has: (block) =>
      alsoTaken.has(blockText(block)) ||
      caches.countOfPorts("ConfigMap", blockKey(block, home)) > 0 ||
      caches.countOfPorts("Namespace", blockKey(block)) > 0 ||
      caches.countOfPorts("Tenant", blockKey(block)) > 0,
    isPageFull: (block) => caches.countOfPorts("ConfigMap", pageKey(block, home)) === BLOCKS_A_PAGE,
  };
}

/** Under what the caches find an object that tells of a block (`Caches.countOfPorts`); nothing if it tells of none. */
export function portsKeys(kind: PortsKind, object: LiveObject): readonly string[] {
  const block = BLOCK_OF[kind](object);
  if (block === undefined) return [];
  const { name, namespace } = object.metadata;
  const keys = [blockKey(block, namespace)];
  // Two names can tell of one block, by a leading zero: a page counts it once.
  return kind === "ConfigMap" && name === claimName(block) ? [...keys, pageKey(block, namespace)] : keys;
}

/** Claims count whether released or not. */
const BLOCK_OF: Readonly<Record<PortsKind, (object: LiveObject) => Block | undefined>> = {
  ConfigMap: ({ metadata }) => claimOf(metadata)?.block,
  Namespace: recordedBlock,
  Tenant: toldBlock,
};

/** The block that a tenant's namespace records; undefined if there is none, or somebody broke it. */
export function recordedBlock({ metadata }: LiveObject): Block | undefined {
  return parseBlock(metadata.annotations?.[ANNOTATION.ports]);
}

/** The block that a tenant's status shows, likewise. */
export function toldBlock(tenant: Pick<LiveObject, "status">): Block | undefined {
  const { endpoints } = statusAs<TenantStatus>(tenant);
  return blockAt(endpoints?.address ?? "", endpoints?.ports?.ssh ?? 0);
}

function blockKey(block: Block, namespace = ""): string {
  return `${namespace}/${blockText(block)}`;
}

function pageKey({ address, first }: Block, namespace = ""): string {
  return `${namespace}/${address} page ${pageOf(first)}`;
}
