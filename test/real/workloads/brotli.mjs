/** Compression and back. */
export default async (require) => {
  const brotli = require("brotli-wasm");
  const text = Buffer.from(Array.from({ length: 900 }, (_, k) => `line ${(k * 31) % 77} of text`).join("\n"));
  const compressed = [1, 5, 9].map((quality) => brotli.compress(text, { quality }));
  return compressed.map((bytes) => [
    Buffer.from(bytes).toString("hex"),
    Buffer.from(brotli.decompress(bytes)).equals(text),
  ]);
};
