// Bundles what processes wait for before they do their work, since one file is read faster than forty.
//
// What runs first in every process of a coverage run becomes one CommonJS file, dist/preload.cjs, and what runs first in a
// program that is traced dist/trace_preload.cjs: a preload that is required must be CommonJS on every version of Node.js and
// in Deno. The program that instruments for them takes the place of its module, dist/cache/instrument_main.js, with that of
// the thread that it may start beside it; and so does what `trace` instruments with, of which the rest of the command line
// stays outside. Binaryen is a file of its own (scripts/binaryen.mjs).

import { writeFileSync } from "node:fs";
import { relative } from "node:path";
import { build } from "esbuild";

/** The part of the command line that instruments. */
const INSIDE = "cli/tracing/module_pass.ts";
const SHARED = { bundle: true, platform: "node", target: "node20", logLevel: "warning" };

await preload("src/coverage/node/preload.ts", "dist/preload.cjs");
await preload("src/cli/tracing/preload.ts", "dist/trace_preload.cjs");
await build({
  ...SHARED,
  entryPoints: {
    instrument_main: "src/cache/instrument_main.ts",
    deep_main: "src/instrument/deep/deep_main.ts",
    trace_modules: "src/cli/tracing/modules.ts",
  },
  outdir: "dist/cache",
  format: "esm",
  splitting: true,
  external: ["#binaryen"],
  legalComments: "inline",
  plugins: [{ name: "the rest of the command line", setup: outside }],
  allowOverwrite: true,
});
writeFileSync("dist/cli/tracing/modules.js", 'export * from "../../cache/trace_modules.js";\n');

/** Errors are those that the command line knows, and what it says goes where all of it does. */
function outside(bundler) {
  bundler.onResolve({ filter: /^\./ }, ({ path, importer, resolveDir }) => {
    const file = relative("src", `${resolveDir}/${path}`).replaceAll("\\", "/");
    const isOutside = file === "errors.ts" || (file.startsWith("cli/") && file !== INSIDE);
    return isOutside && importer !== "" ? { path: `../${file.replace(/\.ts$/, ".js")}`, external: true } : undefined;
  });
}

function preload(entry, outfile) {
  return build({
    ...SHARED,
    entryPoints: [entry],
    outfile,
    format: "cjs",
    // What the sources ask of their own place is asked of the bundle's.
    banner: { js: 'const importMetaUrl = require("node:url").pathToFileURL(__filename).href;' },
    define: { "import.meta.url": "importMetaUrl" },
  });
}
