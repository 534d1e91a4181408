/** A program in JavaScript. */
export default async (require) => {
  const { default: create } = await import(require.resolve("@jitl/quickjs-wasmfile-release-sync/emscripten-module"));
  const { QuickJSFFI } = require("@jitl/quickjs-wasmfile-release-sync/ffi");
  const factory = create.default ?? create;
  const module = await factory();
  const ffi = new QuickJSFFI(module);
  const context = ffi.QTS_NewContext(ffi.QTS_NewRuntime(), 0);
  const code = `
    class Stack { #items = []; push(x) { this.#items.push(x); return this; } get sum() { return this.#items.reduce((a, b) => a + b, 0); } }
    const stack = new Stack();
    for (let i = 0; i < 500; i++) stack.push(i * i % 97);
    const words = "the quick brown fox".replace(/\\b(\\w)(\\w*)/g, (_, a, b) => b + a).split(" ").sort();
    let caught; try { null.x; } catch (e) { caught = e.message; }
    JSON.stringify({ sum: stack.sum, words, caught, date: new Date(1e12).toISOString(), pi: Math.PI.toFixed(9), big: (2n ** 200n).toString() })`;
  const pointer = module._malloc(module.lengthBytesUTF8(code) + 1);
  module.stringToUTF8(code, pointer, module.lengthBytesUTF8(code) + 1);
  const value = ffi.QTS_Eval(context, pointer, module.lengthBytesUTF8(code), "program.js", 0, 0);
  return module.UTF8ToString(ffi.QTS_GetString(context, value));
};
