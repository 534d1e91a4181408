// Declarations for TypeScript 5.5 and 5.6, which know no type parameter of typed arrays: dist/types-5.5/ is a copy of the
// declarations without it. package.json leads to it by the condition `types@<5.7`.

import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

const TYPED_ARRAY = /\b((?:Big)?(?:Uint|Int|Float)(?:8|16|32|64)(?:Clamped)?Array)<[^<>]*>/g;

for (const file of readdirSync("dist", { recursive: true, encoding: "utf8" })) {
  if (!file.endsWith(".d.ts") || file.startsWith("types-5.5")) continue;
  const copy = join("dist/types-5.5", file);
  mkdirSync(dirname(copy), { recursive: true });
  writeFileSync(copy, readFileSync(join("dist", file), "utf8").replaceAll(TYPED_ARRAY, "$1"));
}
