import { setImmediate as turn } from "node:timers/promises";
import { JSONParser, TokenizerError, TokenParserError, TokenType } from "@streamparser/json";
import { z } from "zod";
import type { InventoryRow } from "../../domain/agents/inventory.ts";
import { unreadable } from "./unreadable.ts";

/** How much of an inventory is looked at; whoever has more agents than this is not served by one cluster. */
export interface InventoryBounds {
  readonly bytes: number;
  readonly rows: number;
  /** Of one row, the space before it included. */
  readonly rowBytes: number;
  /** How deep lists and objects may lie in each other; what tctl prints has six. */
  readonly depth: number;
}

const KIB = 1024;
const MIB = 1024 * KIB;
export const BOUNDS: InventoryBounds = { bytes: 256 * MIB, rows: 200_000, rowBytes: 256 * KIB, depth: 32 };
/** What is parsed in one go: a millisecond's work, after which others have their turn. */
const SLICE_BYTES = 16 * KIB;
/** Of the characters up to this one JSON allows what separates, and nothing else. */
const SPACE = 0x20;
/** How the marks of UTF-8 and UTF-16 begin. */
const BYTE_ORDER_MARK = [0xef, 0xfe, 0xff];

// Lenient to unknown fields, strict about those it reads (facts §2): every field of `spec` may be absent.
const element = z.object({
  kind: z.literal("instance").optional(),
  metadata: z.object({ name: z.string().min(1) }),
  spec: z
    .object({
      version: z.string().optional(),
      services: z.array(z.string()).nullish(),
      hostname: z.string().optional(),
      last_seen: z.string().optional(),
    })
    .default({}),
});

/**
 * The rows of `tctl inventory ls --format=json`, taken out of its text as that comes: nothing is kept but the row at hand.
 * Throws AppError, in words without the text's own, as soon as anything is not understood or beyond the bounds.
 */
export class InventoryRows {
  readonly #take: (row: InventoryRow) => void;
  readonly #bounds: InventoryBounds;
  readonly #parser = new JSONParser({ paths: ["$.*"], keepStack: false });
  #bytes = 0;
  #rows = 0;
  #depth = 0;
  #hasBegun = false;
  /** Where the last row ended. */
  #rowEnd = 0;

  constructor(take: (row: InventoryRow) => void, bounds: InventoryBounds = BOUNDS) {
    this.#take = take;
    this.#bounds = bounds;
    this.#parser.onToken = (token) => this.#see(token);
    this.#parser.onValue = ({ value }) => this.#row(value);
  }

  /** Takes the next piece of the text, and gives others their turn again and again. */
  async write(chunk: Uint8Array): Promise<void> {
    for (let from = 0; from < chunk.length; from += SLICE_BYTES) {
      this.writeAtOnce(chunk.subarray(from, from + SLICE_BYTES));
      await turn();
    }
  }

  /** As `write`, without a pause: for short texts, and where nobody else waits. */
  writeAtOnce(chunk: Uint8Array): void {
    if (this.#bytes === 0 && BYTE_ORDER_MARK.includes(chunk[0] ?? 0)) throw unreadable("the inventory begins with a byte order mark: it has to be plain UTF-8");
    this.#bytes += chunk.length;
    this.#hasBegun ||= chunk.some((byte) => byte > SPACE);
    if (this.#bytes > this.#bounds.bytes) throw unreadable(`the inventory is longer than ${this.#bounds.bytes / KIB} KiB`);
    this.#parse(chunk);
    this.#boundRow(this.#bytes);
  }

  /** The text is at its end; throws AppError if the list is not. */
  end(): void {
    if (this.#depth === 0 && this.#parser.isEnded) return;
    if (!this.#hasBegun) throw unreadable("the inventory is empty: not even a list without agents");
    throw unreadable("the inventory is cut short: it ends in the middle of the list");
  }

  #parse(chunk: Uint8Array): void {
    try {
      this.#parser.write(chunk);
    } catch (error) {
      // The parser's own words quote the text, which is the customer's.
      throw isOfTheText(error) ? unreadable("the inventory is not JSON") : error;
    }
  }

  #see({ token, offset }: { readonly token: TokenType; readonly offset: number }): void {
    if (this.#depth === 0 && token !== TokenType.LEFT_BRACKET && token !== TokenType.NULL) throw unreadable("the inventory is not a list");
    if (token === TokenType.LEFT_BRACE || token === TokenType.LEFT_BRACKET) this.#depth += 1;
    if (this.#depth > this.#bounds.depth) throw unreadable(`the inventory has lists and objects more than ${this.#bounds.depth} deep in each other`);
    if (token !== TokenType.RIGHT_BRACE && token !== TokenType.RIGHT_BRACKET) return;
    this.#depth -= 1;
    if (this.#depth > 1) return;
    this.#boundRow(offset);
    this.#rowEnd = offset;
  }

  #boundRow(at: number): void {
    const { rowBytes } = this.#bounds;
    if (at - this.#rowEnd > rowBytes) throw unreadable(`the inventory has more than ${rowBytes / KIB} KiB in one row`);
  }

  #row(value: unknown): void {
    this.#rows += 1;
    if (this.#rows > this.#bounds.rows) throw unreadable(`the inventory has more than ${this.#bounds.rows} rows`);
    const parsed = element.safeParse(value);
    if (!parsed.success) throw unreadable(`the inventory is not what tctl prints: ${issueOf(parsed.error)}`);
    const { metadata, spec } = parsed.data;
    this.#take({ id: metadata.name, version: spec.version, hostname: spec.hostname, services: spec.services ?? undefined, lastSeenAt: spec.last_seen });
  }
}

/** Not a bug of ours: no JSON, or no UTF-8. */
function isOfTheText(error: unknown): boolean {
  if (error instanceof TokenizerError || error instanceof TokenParserError) return true;
  return error instanceof TypeError && "code" in error && error.code === "ERR_ENCODING_INVALID_ENCODED_DATA";
}

/** The first thing wrong with a row, and in which field. Not in which row: rows change their order, and a message must not. */
function issueOf({ issues: [issue] }: z.ZodError): string {
  const path = (issue?.path ?? []).filter((part) => typeof part !== "number").join(".");
  return `${path} ${issue?.message ?? ""}`.trim();
}
