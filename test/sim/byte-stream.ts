/** Bytes that come as somebody else sends them; the reader waits for them. */
export class ByteStream implements AsyncIterableIterator<Uint8Array> {
  readonly #waiting: Uint8Array[] = [];
  #reader: PromiseWithResolvers<IteratorResult<Uint8Array>> | undefined;
  #end: { readonly error?: unknown } | undefined;
  /** Called when the reader wants no more. */
  onReturn: () => void = () => undefined;

  [Symbol.asyncIterator](): this {
    return this;
  }

  send(chunk: Uint8Array): void {
    if (this.#end !== undefined) return;
    if (this.#reader === undefined) return void this.#waiting.push(chunk);
    const reader = this.#reader;
    this.#reader = undefined;
    reader.resolve({ done: false, value: chunk });
  }

  /** The sender has said everything. */
  close(): void {
    this.#finish({});
  }

  /** The connection broke. */
  break(error: unknown): void {
    this.#waiting.length = 0;
    this.#finish({ error });
  }

  next(): Promise<IteratorResult<Uint8Array>> {
    const chunk = this.#waiting.shift();
    if (chunk !== undefined) return Promise.resolve({ done: false, value: chunk });
    if (this.#end === undefined) return (this.#reader = Promise.withResolvers<IteratorResult<Uint8Array>>()).promise;
    return "error" in this.#end ? Promise.reject(this.#end.error) : Promise.resolve({ done: true, value: undefined }); // whoever breaks it says why
  }

  return(): Promise<IteratorResult<Uint8Array>> {
    this.#end ??= {};
    this.onReturn();
    return Promise.resolve({ done: true, value: undefined });
  }

  #finish(end: { readonly error?: unknown }): void {
    if (this.#end !== undefined) return;
    this.#end = end;
    const reader = this.#reader;
    this.#reader = undefined;
    if (reader === undefined) return;
    if ("error" in end) reader.reject(end.error);
    else reader.resolve({ done: true, value: undefined });
  }
}
