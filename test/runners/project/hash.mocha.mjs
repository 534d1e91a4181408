import assert from "node:assert";
import xxhash from "xxhash-wasm";

describe("a hash", () => {
  it("is that of the letter", async () => {
    const { h32 } = await xxhash();
    assert.equal(h32("a"), 0x550d7456);
  });
});
