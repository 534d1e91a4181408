// Compiles the hooks (asconfig.json) and writes them as a TypeScript module, so that the library carries them without
// any file access: the same import serves Node, a browser and a bundler.

import { mkdir, readFile, writeFile } from "node:fs/promises";
import asc from "assemblyscript/asc";

const { error, stderr } = await asc.main(["--target", "release"]);
if (error) {
  process.stderr.write(stderr.toString());
  process.exit(1);
}

const wasm = await readFile("build/hooks.wasm");
await mkdir("src/hooks", { recursive: true });
await writeFile(
  "src/hooks/binary.ts",
  `// Generated from assembly/ by assembly/build.mjs.\n\n/** The compiled hooks: a wasm module in base64. */\nexport const HOOKS_BASE64: string =\n  "${wasm.toString("base64")}";\n`,
);
