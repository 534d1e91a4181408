import test from "ava";
import xxhash from "xxhash-wasm";

test("a hash", async (t) => {
  const { h32 } = await xxhash();
  t.is(h32("a"), 0x550d7456);
});
