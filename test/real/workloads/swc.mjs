/** A program, compiled. */
export default async (require) => {
  const { transformSync } = require("@swc/wasm");
  const code =
    "enum E { A, B }\nexport class C<T> { #x = 1; constructor(private y: T) {} async *[Symbol.iterator]() { yield* [this.#x ?? E.B] } }\n";
  return transformSync(code, { jsc: { parser: { syntax: "typescript" }, target: "es5" }, minify: true }).code;
};
