/** Inputs that are data: JSON, XML, and compressed text. */

import { brotliCompressSync, constants } from "node:zlib";
import { Random } from "./random.ts";

/** A document of nested objects, lists, numbers and strings with escapes. */
export function jsonDocument(entries = 160): string {
  const random = new Random(1);
  return JSON.stringify(
    Array.from({ length: entries }, (_, id) => ({
      id,
      name: `${random.word()} "${random.word()}"`,
      ratio: random.below(1_000_000) / 1000,
      small: random.below(2000) * 1e-9,
      active: random.below(2) === 1,
      parent: random.below(4) === 0 ? null : random.below(entries),
      tags: Array.from({ length: random.below(6) }, () => `${random.word()}\t${random.word()}`),
      place: { city: random.word(), position: [random.below(360) - 180, random.below(180) - 90], note: "naïve é\n" },
    })),
    null,
    2,
  );
}

/** A document with attributes, entities, comments, sections of characters and a document type. */
export function xmlDocument(entries = 220): string {
  const random = new Random(2);
  const entry = (id: number): string => {
    const attributes = `id="e${id}" class="${random.word()} ${random.word()}" weight='${random.below(1000)}'`;
    const text = `${random.word()} &amp; ${random.word()} &lt;${random.word()}&#x2014;&owner;`;
    const extra = random.pick(["", `<!-- ${random.word()} -->`, `<![CDATA[<${random.word()}>]]>`, "<empty/>"]);
    return `  <entry ${attributes}>\n    <title>${text}</title>${extra}<n:sum xmlns:n="urn:sum">${id}</n:sum>\n  </entry>\n`;
  };
  const body = Array.from({ length: entries }, (_, id) => entry(id)).join("");
  return `<?xml version="1.0"?>\n<!DOCTYPE list [<!ENTITY owner "nobody">]>\n<list>\n${body}</list>\n`;
}

/** Text of a small vocabulary. */
export function plainText(sentences = 1200): string {
  const random = new Random(3);
  const words = Array.from({ length: 700 }, () => random.word());
  return Array.from({ length: sentences }, () => random.sentence(words)).join(" ");
}

/** The same, compressed. */
export function brotliStream(sentences = 3000): Uint8Array {
  return brotliCompressSync(plainText(sentences), { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } });
}
