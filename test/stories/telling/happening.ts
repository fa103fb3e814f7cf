import type { Instant } from "../../../src/domain/time.ts";

/** Something that came to pass, as a timeline tells it. */
export interface Happening {
  readonly at: Instant;
  /** Of whom or what it is told: `acme`, `wave canary`. */
  readonly about: string;
  /** What happened, after `about`; further lines stand under it. */
  readonly text: string;
}

/** What is told of one object is told by the difference of two of its states; undefined: it was not there, or is gone. */
export interface Change<T> {
  readonly name: string;
  readonly before: T | undefined;
  readonly after: T | undefined;
}
