// Bundles what runs first in every process of a coverage run into one CommonJS file, dist/preload.cjs, and what runs first in
// a program that is traced into dist/trace_preload.cjs: a preload that is required must be CommonJS on every version of
// Node.js and in Deno, and one file is read faster than forty.

import { build } from "esbuild";

await bundle("src/coverage/node/preload.ts", "dist/preload.cjs");
await bundle("src/cli/tracing/preload.ts", "dist/trace_preload.cjs");

function bundle(entry, outfile) {
  return build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: "node",
    format: "cjs",
    target: "node20",
    // What the sources ask of their own place is asked of the bundle's.
    banner: { js: 'const importMetaUrl = require("node:url").pathToFileURL(__filename).href;' },
    define: { "import.meta.url": "importMetaUrl" },
    logLevel: "warning",
  });
}
