// `node program.mjs DIRECTORY PACKAGE OUTPUT [MODULES]`: makes the first request of a package that is installed in DIRECTORY, and
// writes to OUTPUT how many milliseconds passed until it was answered, and how long the event loop stood still meanwhile at the
// most. With MODULES, what is compiled is written into that directory.

import { writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { REQUESTS } from "./requests.mjs";

const [directory, name, output, modules] = process.argv.slice(2);
const require = createRequire(join(directory, "package.json"));
const [, request] = REQUESTS[name];
if (modules !== undefined) keepModules();
let still = 0;
const begin = performance.now();
let turn = begin;
watchTurns();
await request({ require, load });
const end = performance.now();
still = Math.max(still, end - turn);
writeFileSync(output, JSON.stringify({ milliseconds: end - begin, still }));
process.exit();

/** `import()` from where the packages are. */
function load(specifier) {
  // What it says that `require` is to find there is JavaScript, without WebAssembly.
  const special = { "cjs-module-lexer": "node_modules/cjs-module-lexer/dist/lexer.mjs" }[specifier];
  return import(pathToFileURL(special ? join(directory, special) : require.resolve(specifier)).href);
}

function watchTurns() {
  setTimeout(() => {
    const now = performance.now();
    still = Math.max(still, now - turn);
    turn = now;
    watchTurns();
  }, 0).unref();
}

function keepModules() {
  let count = 0;
  const keep = (source) => {
    // Node.js parses HTTP, for one, with a module of its own.
    if (source instanceof WebAssembly.Module || /node:internal\/deps/.test(new Error().stack)) return;
    writeFileSync(join(modules, `${count++}.wasm`), new Uint8Array(source.buffer ?? source));
  };
  for (const key of ["compile", "instantiate"]) {
    WebAssembly[key] = new Proxy(WebAssembly[key], {
      apply(target, self, args) {
        keep(args[0]);
        return Reflect.apply(target, self, args);
      },
    });
  }
  WebAssembly.Module = new Proxy(WebAssembly.Module, {
    construct(target, args) {
      keep(args[0]);
      return new target(...args);
    },
  });
}
