import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readManifests, type Manifest } from "../../src/cli/manifests.ts";
import { accepted } from "../sim/user.ts";
import { patched } from "../sim/server/writes.ts";

const SHARED = join(import.meta.dirname, "given");

/** The manifests of a file that stories share. */
export function sharedManifests(file: string): readonly Manifest[] {
  return readManifests(join(SHARED, file));
}

/** The manifests in a piece of a story, read as those of a file are. */
export function manifestsIn(yaml: string): readonly Manifest[] {
  if (yaml.trim() === "") return [];
  const folder = mkdtempSync(join(tmpdir(), "slacktide-story-"));
  try {
    const file = join(folder, "story.yaml");
    writeFileSync(file, yaml);
    return readManifests(file);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** What is applied first with what is applied after it: later ones change earlier ones as a JSON merge patch does. */
export function appliedInTurn(manifests: readonly Manifest[]): readonly Manifest[] {
  const whole = new Map<string, Manifest>();
  for (const manifest of manifests) {
    const key = `${manifest.kind}/${manifest.metadata.name}`;
    const before = whole.get(key);
    const { labels } = manifest.metadata;
    const metadata = { ...(before ?? manifest).metadata, ...(labels && { labels: { ...before?.metadata.labels, ...labels } }) };
    whole.set(key, { ...manifest, metadata, spec: patched(before?.spec, manifest.spec) });
  }
  return [...whole.values()].map((manifest) => ({ ...manifest, spec: accepted(manifest.kind, manifest.spec) }));
}
