import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";

export const MANIFESTS = join(import.meta.dirname, "../../fixtures/bad-manifests");

/** What the head of a bad manifest says is to be expected of it. */
const Expectation = z.discriminatedUnion("expect", [
  // Refused at admission, by a message that names the field and has these words.
  z.strictObject({ expect: z.literal("refused"), field: z.string(), says: z.string() }),
  // Accepted; then the object is Stalled for this reason, in these words.
  z.strictObject({ expect: z.literal("stalled"), object: z.string(), reason: z.string(), says: z.string() }),
  // Accepted and provisioned; then some lane of the tenant is held by this code, in these words.
  z.strictObject({ expect: z.literal("held"), object: z.string(), reason: z.string(), says: z.string() }),
]);
type Expectation = z.infer<typeof Expectation>;

export type BadManifest<E extends Expectation["expect"]> = Extract<Expectation, { expect: E }> & {
  readonly file: string;
  readonly path: string;
  /** The sentence in its first line. */
  readonly about: string;
};

/** The bad manifests of which this is expected, by name of file. */
export function badManifests<E extends Expectation["expect"]>(expect: E): readonly BadManifest<E>[] {
  return readdirSync(MANIFESTS).sort().flatMap((file) => {
    const manifest = readManifest(file);
    return isOf(expect, manifest) ? [manifest] : [];
  });
}

function readManifest(file: string): BadManifest<Expectation["expect"]> {
  const path = join(MANIFESTS, file);
  const head = readFileSync(path, "utf8").split("\n").filter((line) => line.startsWith("# ")).map((line) => line.slice(2));
  const [about = "", ...fields] = head;
  const entries = fields.map((line) => [line.slice(0, line.indexOf(": ")), line.slice(line.indexOf(": ") + 2)]);
  return { ...Expectation.parse(Object.fromEntries(entries)), file, path, about };
}

function isOf<E extends Expectation["expect"]>(expect: E, manifest: BadManifest<Expectation["expect"]>): manifest is BadManifest<E> {
  return manifest.expect === expect;
}
