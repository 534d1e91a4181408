/** resvg, in Rust, as the npm package @resvg/resvg-wasm has it: renders a drawing. */

import { readFileSync } from "node:fs";
import { Random } from "../programs/inputs/random.ts";
import { requirePackage } from "./fetch.ts";

const { initWasm, Resvg } = requirePackage("@resvg/resvg-wasm");
await initWasm(readFileSync(requirePackage.resolve("@resvg/resvg-wasm/index_bg.wasm")));
const drawing = makeDrawing();

/** @returns {number} bytes of the image */
export function run() {
  const renderer = new Resvg(drawing, { font: { loadSystemFonts: false } });
  const image = renderer.render();
  const bytes = image.pixels.length;
  image.free();
  renderer.free();
  return bytes;
}

/** Paths, gradients and groups. */
function makeDrawing() {
  const random = new Random(8);
  const number = () => random.below(120);
  const shapes = Array.from({ length: 60 }, (_, k) => {
    const points = Array.from({ length: 5 }, () => `${number()} ${number()}`).join(" ");
    const fill = k % 3 === 0 ? "url(#gradient)" : `rgb(${random.below(256)},${random.below(256)},${random.below(256)})`;
    return `<g transform="rotate(${number()} 60 60)"><path fill="${fill}" opacity="0.7" d="M${points} Z"/></g>`;
  });
  const gradient =
    '<linearGradient id="gradient"><stop offset="0" stop-color="red"/><stop offset="1" stop-color="blue"/></linearGradient>';
  return `<svg xmlns="http://www.w3.org/2000/svg" width="120" height="120"><defs>${gradient}</defs>${shapes.join("")}</svg>`;
}
