/** A picture. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";

export default async (require) => {
  const { initWasm, Resvg } = require("@resvg/resvg-wasm");
  await initWasm(readFileSync(require.resolve("@resvg/resvg-wasm/index_bg.wasm")));
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="120" height="90"><defs><linearGradient id="g"><stop offset="0"
    stop-color="red"/><stop offset="1" stop-color="#00f"/></linearGradient></defs><circle cx="50" cy="40" r="30" fill="url(#g)"/>
    <path d="M10 80 Q 60 10 110 80 Z" stroke="green" stroke-width="3" fill="none" transform="rotate(9)" opacity=".6"/></svg>`;
  const image = new Resvg(svg).render();
  return {
    width: image.width,
    pixels: createHash("sha256").update(image.pixels).digest("hex"),
    png: image.asPng().length,
  };
};
