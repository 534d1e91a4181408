import { expect, test } from "vitest";

test("a module that the page makes itself", async () => {
  // (module (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1))))
  const bytes = Uint8Array.of(
    ...[0, 97, 115, 109, 1, 0, 0, 0, 1, 7, 1, 96, 2, 127, 127, 1, 127, 3, 2, 1, 0, 7, 7, 1, 3, 97, 100, 100, 0, 0],
    ...[10, 9, 1, 7, 0, 32, 0, 32, 1, 106, 11],
  );
  const { instance } = await WebAssembly.instantiate(bytes);
  expect(instance.exports.add(2, 3)).toBe(5);
});

test("a module that is streamed", async () => {
  const module = await WebAssembly.compileStreaming(fetch("/sql-wasm.wasm"));
  expect(WebAssembly.Module.exports(module).length).toBeGreaterThan(0);
});
