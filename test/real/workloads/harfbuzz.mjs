/** Buffers and an empty face. */
export default async (require) => {
  const harfbuzz = await require("harfbuzzjs");
  const blob = harfbuzz.createBlob(new Uint8Array(64));
  const font = harfbuzz.createFont(harfbuzz.createFace(blob, 0));
  font.setScale(1000, 1000);
  return ["Hello, world", "ffi fl office", "1/2 AVAVA"].map((text) => {
    const buffer = harfbuzz.createBuffer();
    buffer.addText(text);
    buffer.guessSegmentProperties();
    harfbuzz.shape(font, buffer);
    return buffer.json(font);
  });
};
