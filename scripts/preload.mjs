// Bundles what runs first in every process of a coverage run into one CommonJS file, dist/preload.cjs: a preload that is
// required must be CommonJS on every version of Node.js, and one file is read faster than forty.

import { build } from "esbuild";

await build({
  entryPoints: ["src/coverage/node/preload.ts"],
  outfile: "dist/preload.cjs",
  bundle: true,
  platform: "node",
  format: "cjs",
  target: "node20",
  // What the sources ask of their own place is asked of the bundle's.
  banner: { js: 'const importMetaUrl = require("node:url").pathToFileURL(__filename).href;' },
  define: { "import.meta.url": "importMetaUrl" },
  logLevel: "warning",
});
