import { expect, test } from "vitest";
import { concat, Spool } from "../../../../src/instrument/wasm/bytes.ts";

test("a spool's bytes come behind what is before it, in their order, and nothing is left", () => {
  const spool = new Spool();
  const bytes = Uint8Array.from({ length: 3 << 20 }, (_, k) => (k * 7) ^ (k >> 8));
  for (let at = 0; at < bytes.length; at += 77_777) spool.append(bytes.subarray(at, at + 77_777));
  expect(spool.length).toBe(bytes.length);
  const whole = concat([Uint8Array.of(1, 2), spool, Uint8Array.of(3)]);
  expect(Buffer.compare(whole, Buffer.concat([Uint8Array.of(1, 2), bytes, Uint8Array.of(3)]))).toBe(0);
  expect(spool.length).toBe(0);
});

test("more than a spool may have is refused, and what it has stays", () => {
  const spool = new Spool(8);
  spool.append(Uint8Array.of(1, 2, 3, 4, 5));
  expect(() => spool.append(Uint8Array.of(6, 7, 8, 9))).toThrow(/the output has more than the 8 bytes/);
  spool.append(Uint8Array.of(6, 7, 8));
  expect(concat([spool])).toEqual(Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8));
});
