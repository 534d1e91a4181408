// Writes Binaryen as Node.js loads it quickly, into dist/binaryen/: its WebAssembly in a file of its own, and its JavaScript
// without it. In its package it is a string of 15 MB in the JavaScript, and that string takes three quarters of the time of
// loading it. Its exceptions are made the module's own (binaryen_exceptions.mjs).

import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { withOwnExceptions } from "./binaryen_exceptions.mjs";

const OUTPUT = "dist/binaryen";
/** What the string begins with, in a call that makes bytes of it. */
const BEGINNING = "(`\\0asm";

const BYTES_JS = `import { readFileSync } from "node:fs";

/** Binaryen's WebAssembly; undefined where it is not beside this file: in a bundle. */
export const moduleBytes = read();

function read() {
  try {
    return readFileSync(new URL("./binaryen.wasm", import.meta.url));
  } catch {
    return undefined;
  }
}
`;

const INDEX_JS = `import { moduleBytes } from "./bytes.js";

const { default: binaryen } = await (moduleBytes ? import("./glue.js") : import("binaryen"));
export default binaryen;
`;

const main = createRequire(import.meta.url).resolve("binaryen");
const source = readFileSync(main, "utf8");
const { start, end, literal } = findModule();
const published = Uint8Array.from(new Function(`return ${literal}`)(), (character) => character.charCodeAt(0));
if (!WebAssembly.validate(published)) throw new Error("binaryen: what was found in its JavaScript is no module");
const whole = `import { moduleBytes } from "./bytes.js";\n${source.slice(0, start)}moduleBytes${source.slice(end)}`;
if (whole.includes(BEGINNING)) throw new Error("binaryen: there is more than one module in its JavaScript");
const { glue, bytes } = withOwnExceptions(whole, published);
if (!WebAssembly.validate(bytes)) throw new Error("binaryen: its module with exceptions of its own is invalid");

mkdirSync(OUTPUT, { recursive: true });
writeFileSync(join(OUTPUT, "binaryen.wasm"), bytes);
writeFileSync(join(OUTPUT, "glue.js"), glue);
writeFileSync(join(OUTPUT, "bytes.js"), BYTES_JS);
writeFileSync(join(OUTPUT, "index.js"), INDEX_JS);
copyFileSync(join(dirname(main), "LICENSE"), join(OUTPUT, "LICENSE"));

/** Where the call is, from its function's name to the parenthesis that closes it, and the string that it is given. */
function findModule() {
  const open = source.indexOf(BEGINNING);
  const name = /\w+$/.exec(source.slice(Math.max(open - 20, 0), open))?.[0];
  let close = open + BEGINNING.length;
  while (close < source.length && source[close] !== "`") close += source[close] === "\\" ? 2 : 1;
  if (open < 0 || name === undefined || source[close + 1] !== ")") {
    throw new Error("binaryen: its module is not where it is looked for in its JavaScript");
  }
  return { start: open - name.length, end: close + 2, literal: source.slice(open + 1, close + 1) };
}
