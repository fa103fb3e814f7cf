/** A block of ports at one of the platform's addresses, named by its first port. */
export interface Block {
  readonly address: string;
  /** A multiple of `BLOCK_SIZE`. */
  readonly first: number;
}

/** Ports at one address from which blocks are given, both ends included. */
export interface PortRange {
  readonly address: string;
  readonly first: number;
  readonly last: number;
}

/** What of a proxy is reached at a port of its own (row F3). */
export type PublicPorts = Readonly<Record<"ssh" | "tunnel" | "kube" | "mysql" | "postgres", number>>;

/**
 * Blocks begin at multiples of it, whatever the ranges are: so two blocks of an address share a port only if they are one
 * and the same, and the name of a claim is its lock, even between operators that were given other ranges.
 */
export const BLOCK_SIZE = 5;

/** So many ports, from a multiple of them on, are a page: what is full is passed over as one. */
export const PAGE_SIZE = 100;
export const BLOCKS_A_PAGE = PAGE_SIZE / BLOCK_SIZE;

/** Which blocks nobody may be given. */
export interface Taken {
  has(block: Block): boolean;
  /** Whether it is known at once that all blocks of this one's page are taken. */
  isPageFull(block: Block): boolean;
}

/** The port of each service. */
export function portsOf({ first }: Block): PublicPorts {
  return { ssh: first, tunnel: first + 1, kube: first + 2, mysql: first + 3, postgres: first + 4 };
}

/** Every whole block of the ranges, in their order. */
export function* blocksIn(ranges: readonly PortRange[]): Generator<Block, void, void> {
  for (const { address, first, last } of ranges) {
    for (let port = firstBlockFrom(first); port + BLOCK_SIZE - 1 <= last; port += BLOCK_SIZE) yield { address, first: port };
  }
}

function firstBlockFrom(port: number): number {
  return Math.ceil(port / BLOCK_SIZE) * BLOCK_SIZE;
}

/** Which page of its address a port is on. */
export function pageOf(port: number): number {
  return Math.floor(port / PAGE_SIZE);
}

/** `203.0.113.7:11105`, as a block is recorded on what it was given to. */
export function blockText({ address, first }: Block): string {
  return `${address}:${first}`;
}

const TEXT = /^([a-z0-9.-]+):([0-9]{4,5})$/;

/** Reads what `blockText` wrote; undefined if somebody broke it. */
export function parseBlock(text: string | undefined): Block | undefined {
  const [, address = "", first = ""] = TEXT.exec(text ?? "") ?? [];
  return blockAt(address, Number(first));
}

/** The block that begins at a port; undefined if none does. */
export function blockAt(address: string, first: number): Block | undefined {
  return address !== "" && first >= 1024 && first + BLOCK_SIZE - 1 <= 65_535 && first % BLOCK_SIZE === 0 ? { address, first } : undefined;
}

/** `11105–11109 of 203.0.113.7`, for people. */
export function describeBlock({ address, first }: Block): string {
  return `${first}–${first + BLOCK_SIZE - 1} of ${address}`;
}

export function isSameBlock(a: Block, b: Block): boolean {
  return a.address === b.address && a.first === b.first;
}

/** By address, then by port. */
export function compareBlocks(a: Block, b: Block): number {
  return a.address === b.address ? a.first - b.first : a.address < b.address ? -1 : 1;
}

/** The first block of the ranges that is not taken; undefined: there is none. */
export function nextBlock(ranges: readonly PortRange[], taken: Taken): Block | undefined {
  for (const range of ranges) {
    const found = nextIn(range, taken);
    if (found !== undefined) return found;
  }
  return undefined;
}

function nextIn({ address, first, last }: PortRange, taken: Taken): Block | undefined {
  let port = firstBlockFrom(first);
  let page = -1;
  while (port + BLOCK_SIZE - 1 <= last) {
    const block = { address, first: port };
    const isNewPage = page !== pageOf(port);
    page = pageOf(port);
    if (isNewPage && taken.isPageFull(block)) port = (page + 1) * PAGE_SIZE;
    else if (taken.has(block)) port += BLOCK_SIZE;
    else return block;
  }
  return undefined;
}
