// Writes src/cache/fingerprint.ts: what the output of the pass depends on besides its input. Found out once, when the
// library is built, from the contents of every file that the pass consists of, so that no process need look at them.

import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { build } from "esbuild";

/** Libraries that the pass leaves work to; their versions are pinned, and say what they do. */
const LIBRARIES = ["binaryen", "wasmparser", "@noble/hashes"];

const { metafile } = await build({
  entryPoints: ["src/instrument/index.ts"],
  bundle: true,
  format: "esm",
  platform: "node",
  packages: "external",
  metafile: true,
  write: false,
  logLevel: "error",
});
const hash = createHash("sha256");
for (const path of Object.keys(metafile.inputs).sort()) {
  hash.update(`${path}\0`).update(readFileSync(path)).update("\0");
}
for (const name of LIBRARIES) {
  const { version } = JSON.parse(readFileSync(`node_modules/${name}/package.json`, "utf8"));
  hash.update(`${name} ${version}\0`);
}
writeFileSync(
  "src/cache/fingerprint.ts",
  `// Generated from the sources of the pass by scripts/fingerprint.mjs.\n\n/** What outputs of the pass depend on besides module, options and engine. */\nexport const PASS_FINGERPRINT: string =\n  "${hash.digest("hex")}";\n`,
);
