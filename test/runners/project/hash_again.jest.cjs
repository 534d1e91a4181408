const xxhash = require("xxhash-wasm");

test("a hash", async () => {
  const { h32 } = await xxhash();
  expect(h32("a")).toBe(0x550d7456);
});
