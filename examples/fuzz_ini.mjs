// A fuzz target in JavaScript: whatever wasm its packages load is instrumented on the way.
//
//     wasm-kcov fuzz examples/fuzz_ini.mjs corpus

import { parse_to_json } from "@one-ini/wasm";

export function fuzz(bytes) {
  parse_to_json(new TextDecoder().decode(bytes));
}
