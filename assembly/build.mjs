// Compiles AssemblyScript (asconfig.json, asconfig.fuzz.json) and writes it as TypeScript modules, so that the library carries it without any
// file access: the same import serves Node, a browser and a bundler.

import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { pathToFileURL } from "node:url";
import asc from "assemblyscript/asc";
import * as esbuild from "esbuild";

await build("HOOKS_BASE64", "hooks", "src/hooks/binary.ts", ["--target", "release"]);
await writePieces("build/hooks.wasm", "src/hooks/pieces_binary.ts");
await build(
  "FEATURES_BASE64",
  "finder of features in counters and comparisons",
  "src/fuzz/builtin/features_binary.ts",
  ["--config", "asconfig.fuzz.json", "--target", "release"],
);
for (const [constant, what, config] of [
  ["SHADOW_BASE64", "shadow of the memory sanitizer", "asconfig.shadow.json"],
  ["HEAP_BASE64", "heap of the memory sanitizer", "asconfig.heap.json"],
  ["PROFILE_BASE64", "writer of profiles under WASI", "asconfig.profile.json"],
]) {
  const path = `src/hooks/${constant.replace("_BASE64", "").toLowerCase()}_binary.ts`;
  await build(constant, what, path, ["--config", config, "--target", "release"]);
}

/** Compiles with `options`, whose target's output is named after the constant, and writes the module at `path`. */
async function build(constant, what, path, options) {
  const { error, stderr } = await asc.main(options);
  if (error) {
    process.stderr.write(stderr.toString());
    process.exit(1);
  }
  const wasm = await readFile(`build/${constant.replace("_BASE64", "").toLowerCase()}.wasm`);
  await write(path, constant, `The compiled ${what}`, wasm);
}

/** Cuts the compiled hooks into the pieces that the pass copies. What does that is TypeScript, and part of no package. */
async function writePieces(hooks, path) {
  const outfile = "build/compile_pieces.mjs";
  await esbuild.build({
    entryPoints: ["scripts/pieces/compile.ts"],
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    packages: "external",
    logLevel: "warning",
  });
  const { compilePieces } = await import(pathToFileURL(outfile).href);
  await write(path, "PIECES_BASE64", "The hooks in pieces", Buffer.from(compilePieces(await readFile(hooks))));
}

async function write(path, constant, what, wasm) {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(
    path,
    `// Generated from assembly/ by assembly/build.mjs.\n\n/** ${what}: a wasm module in base64. */\nexport const ${constant}: string =\n  "${wasm.toString("base64")}";\n`,
  );
}
