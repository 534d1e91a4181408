/** HarfBuzz as the npm package harfbuzzjs has it: shapes text, and reads the outlines of its glyphs. */

import { readFileSync } from "node:fs";
import { Random } from "../programs/inputs/random.ts";
import { importPackage, requirePackage } from "./fetch.ts";

const hb = await importPackage("harfbuzzjs");
const data = readFileSync(requirePackage.resolve("dejavu-fonts-ttf/ttf/DejaVuSans.ttf"));
const font = new hb.Font(new hb.Face(new hb.Blob(new Uint8Array(data).buffer)));
const lines = makeLines();

/** @returns {number} the sum of all advances, and of the lengths of outlines */
export function run() {
  let sum = 0;
  for (const line of lines) {
    const buffer = new hb.Buffer();
    buffer.addText(line);
    buffer.guessSegmentProperties();
    hb.shape(font, buffer);
    const positions = buffer.getGlyphPositions();
    for (const { xAdvance } of positions) sum += xAdvance;
    const [first] = buffer.getGlyphInfos();
    sum += font.glyphToPath(first.codepoint).length;
  }
  return sum;
}

/** Latin with ligatures and marks, and a line of Arabic in ten. */
function makeLines() {
  const random = new Random(9);
  const words = Array.from({ length: 200 }, () => `${random.word()}${random.pick(["", "fi", "ffl", "\u0301", "é"])}`);
  return Array.from({ length: 40 }, (_, k) =>
    k % 10 === 9 ? "السلام عليكم ورحمة الله وبركاته" : random.sentence(words),
  );
}
