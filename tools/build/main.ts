/** Makes what ships: one JavaScript file that needs nothing beside Node (docs/adr/0002). */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { build, type Plugin } from "esbuild";

const root = join(import.meta.dirname, "../..");
const outdir = join(root, "dist");
const beside = (file: string): { readonly path: string } => ({ path: join(import.meta.dirname, file) });

/** Leaves client-node's generated clients out: a KubeConfig and an exec are all we use of it. */
const withoutClients: Plugin = {
  name: "without-clients",
  setup: (bundle) => {
    bundle.onResolve({ filter: /^@kubernetes\/client-node$/ }, () => beside("base-client-node.ts"));
    bundle.onResolve({ filter: /^\.\/gen\/index\.js$/ }, () => beside("generated.ts"));
  },
};

rmSync(outdir, { recursive: true, force: true });
await build({
  entryPoints: [join(root, "src/cli/entry.ts")],
  outdir,
  bundle: true,
  splitting: true,
  platform: "node",
  target: "node24",
  format: "esm",
  sourcemap: true,
  sourcesContent: false,
  minifyWhitespace: true,
  minifySyntax: true,
  // It would bring the deprecated punycode, and a warning at every start.
  alias: { gaxios: join(import.meta.dirname, "no-gaxios.ts") },
  plugins: [withoutClients],
  // Licences of what is bundled travel with it.
  legalComments: "eof",
  // CommonJS libraries inside ask for require at run time.
  banner: { js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);" },
  logLevel: "warning",
});
