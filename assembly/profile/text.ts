import { TEXT_WORDS } from "../../src/abi/standalone";
import { text } from "./module";

// Texts in memory are zero-terminated.

/** Writes one of the TEXT constants. @returns where it ends */
export function putText(at: u32, which: u32): u32 {
  for (let index: u32 = 0; index < <u32>TEXT_WORDS; index++) {
    store<u64>(at + 8 * index, text(which * TEXT_WORDS + index));
  }
  store<u8>(at + 8 * TEXT_WORDS, 0);
  return endOf(at);
}

/** Copies a text with its terminating zero. @returns where the copy ends */
export function copyText(to: u32, from: u32): u32 {
  let byte: u32;
  do {
    byte = load<u8>(from++);
    store<u8>(to++, byte);
  } while (byte != 0);
  return to - 1;
}

export function endOf(at: u32): u32 {
  while (load<u8>(at) != 0) at++;
  return at;
}

/** Where a text continues after a prefix; 0 if it does not begin with that. */
export function after(at: u32, beginning: u32): u32 {
  let byte = load<u8>(beginning++);
  while (byte != 0) {
    if (load<u8>(at++) != byte) return 0;
    byte = load<u8>(beginning++);
  }
  return at;
}

/** Writes a number in decimal. @returns where it ends */
export function putNumber(at: u32, value: u32): u32 {
  if (value >= 10) at = putNumber(at, value / 10);
  store<u8>(at, 0x30 + (value % 10));
  store<u8>(at + 1, 0);
  return at + 1;
}

/** Writes a byte as two hexadecimal digits. @returns where they end */
export function putByte(at: u32, value: u32): u32 {
  store<u8>(at, digit(value >>> 4));
  store<u8>(at + 1, digit(value & 15));
  return at + 2;
}

function digit(value: u32): u32 {
  return value + (value < 10 ? 0x30 : 0x57);
}
