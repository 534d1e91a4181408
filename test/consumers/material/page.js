// What a playground does: instruments a module in the page, runs it, and shows what was recorded.
import { Kcov } from "wasm-kcov";
import { instrument } from "wasm-kcov/instrument";

// (module (func (export "run") (param i32) (result i32) (if (result i32) (local.get 0) (then 1) (else 2))))
const MODULE = Uint8Array.of(
  ...[0, 97, 115, 109, 1, 0, 0, 0, 1, 6, 1, 96, 1, 127, 1, 127, 3, 2, 1, 0, 7, 7, 1, 3, 114, 117, 110, 0, 0],
  ...[10, 14, 1, 12, 0, 32, 0, 4, 127, 65, 1, 5, 65, 2, 11, 11],
);

const kcov = Kcov.createSync();
const { instance } = await WebAssembly.instantiate(instrument(MODULE).binary, { ...kcov.imports });
const { pcs } = kcov.trace(() => instance.exports.run(1));
document.title = `traced ${Array.from(pcs, Number).join(" ")}`;
