/** Modules are told by what the engine calls them. */

import { expect, it } from "vitest";
import { moduleHashes } from "../../../src/loader/module_urls.ts";
import { wat } from "../../support/wat.ts";

const MODULE = wat('(module (import "a" "f" (func $f)) (func (export "run") (call $f)))');
const MORE = [0, 1, 2, 3, 7, 15, 16, 17, 31, 32, 33, 47, 48, 49, 63, 64, 95, 96, 97, 1000, 16_280, 16_400, 70_000];

/** The module with a custom section of so many bytes in it. */
function padded(bytes: number): Uint8Array<ArrayBuffer> {
  const length = bytes + 2;
  const size = [(length & 127) | 128, ((length >> 7) & 127) | 128, length >> 14];
  return Uint8Array.from([...MODULE, 0, ...size, 1, 0x61, ...new Array(bytes).fill(bytes & 255)]);
}

it.each([...MORE, ...Array.from({ length: 12 }, (_, k) => 16_383 - MODULE.length - 12 + k)])(
  "%d bytes more",
  (bytes) => {
    const module = padded(bytes);
    let stack = "";
    const f = (): void => {
      stack = String(new Error().stack);
    };
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(module), { a: { f } });
    (exports.run as () => void)();
    const [, hash = ""] = /wasm:\/\/wasm\/([0-9a-f]{8}):/.exec(stack) ?? [];
    expect(moduleHashes(module)).toContain(hash);
  },
);

it("one without code has none", () => {
  expect(moduleHashes(MODULE.slice(0, 8))).toEqual([]);
});
