import type { TenantEnv } from "../tenant/env.ts";
import { ChannelBook } from "./book.ts";

/** What a channel's reconcile needs: all that a tenant's does, and what is known of tenants since the last pass. */
export interface ChannelEnv extends TenantEnv {
  readonly books: ChannelBooks;
}

/** The book of each channel of the cluster. */
export class ChannelBooks {
  readonly #books = new Map<string, ChannelBook>();

  of(channel: string): ChannelBook {
    const found = this.#books.get(channel) ?? new ChannelBook(channel);
    this.#books.set(channel, found);
    return found;
  }

  /** The channel is gone. */
  close(channel: string): void {
    this.#books.delete(channel);
  }
}
