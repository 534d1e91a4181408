/** `node --import wasm-kcov/register`: see register.cts, which it loads. */

import { createRequire } from "node:module";

createRequire(import.meta.url)("./register.cjs");
