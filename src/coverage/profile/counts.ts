/**
 * Counts of a module's counters: sums of 64-bit numbers, and their encoding in a file, a sequence of LEB128 numbers. A
 * number above 0 is the value of the next counter; a 0 is followed by the length of a run of counters that are 0. Most
 * of a module never runs, so most of the counters are in such runs.
 *
 * Sums are computed on pairs of 32-bit halves: a bigint for each counter of each of a thousand profiles would take most
 * of the time.
 */

import { LebReader } from "../../binary_format.ts";
import { ByteWriter } from "../../instrument/wasm/bytes.ts";
import { halvesOf } from "../../runtime/records.ts";

const HALF = 2 ** 32;
/** From this high half on, a number is no longer exact in a double. */
const INEXACT_HALF = 2 ** 21;
/** The most bytes of a LEB128 number that is exact in a double, whatever its bits. */
const PLAIN_BYTES = 7;

/** An error in encoded counts. */
export class CountsError extends Error {
  override readonly name = "CountsError";
}

/** Sums of counters. */
export class CounterSums {
  /** The sums, one per counter. */
  readonly words: BigUint64Array<ArrayBuffer>;
  readonly #halves: Uint32Array<ArrayBuffer>;

  /** @param length number of counters */
  constructor(length: number) {
    this.words = new BigUint64Array(length);
    this.#halves = new Uint32Array(this.words.buffer);
  }

  /** Adds counters in memory: 64-bit counts, or bytes that are flags. */
  add(counters: BigUint64Array<ArrayBufferLike> | Uint8Array<ArrayBufferLike>): void {
    if (counters.length !== this.words.length) throw lengthError(counters.length, this.words.length);
    if (counters instanceof Uint8Array) {
      for (let index = 0; index < counters.length; index++) this.#addTo(index, counters[index] as number, 0);
      return;
    }
    const halves = halvesOf(counters);
    for (let index = 0; index < counters.length; index++) {
      this.#addTo(index, halves[2 * index] as number, halves[2 * index + 1] as number);
    }
  }

  /**
   * Adds counters as encoded by {@link encodeCounts}.
   *
   * @throws {CountsError} they are damaged, or their number differs; some of them may have been added then
   */
  addEncoded(bytes: Uint8Array): void {
    const reader = new LebReader(bytes);
    let index = 0;
    const { length } = this.words;
    while (reader.position < bytes.length) {
      const first = bytes[reader.position] as number;
      if (first === 0) {
        reader.position++;
        sizeOfNumber(reader);
        index += reader.uleb();
        continue;
      }
      if (index >= length) throw lengthError(index + 1, length);
      if (first < 0x80) {
        this.#addTo(index++, first, 0);
        reader.position++;
      } else if (sizeOfNumber(reader) <= PLAIN_BYTES) this.#addNumber(index++, reader.uleb());
      else this.#addBig(index++, reader.uleb64());
    }
    if (index !== length) throw lengthError(index, length);
  }

  #addNumber(index: number, value: number): void {
    this.#addTo(index, value % HALF, Math.floor(value / HALF));
  }

  #addBig(index: number, value: bigint): void {
    this.#addTo(index, Number(value & 0xffff_ffffn), Number(value >> 32n));
  }

  #addTo(index: number, low: number, high: number): void {
    const halves = this.#halves;
    const sum = (halves[2 * index] as number) + low;
    halves[2 * index] = sum;
    if (high > 0 || sum >= HALF)
      halves[2 * index + 1] = (halves[2 * index + 1] as number) + high + (sum >= HALF ? 1 : 0);
  }
}

/** Encodes counters: 64-bit counts, or bytes that are flags. */
export function encodeCounts(counters: BigUint64Array<ArrayBufferLike> | Uint8Array<ArrayBufferLike>): Uint8Array {
  const out = new ByteWriter();
  const halves = counters instanceof Uint8Array ? undefined : halvesOf(counters);
  let zeros = 0;
  for (let index = 0; index < counters.length; index++) {
    const low = halves === undefined ? (counters[index] as number) : (halves[2 * index] as number);
    const high = halves === undefined ? 0 : (halves[2 * index + 1] as number);
    if (low === 0 && high === 0) {
      zeros++;
      continue;
    }
    if (zeros > 0) writeZeros(out, zeros);
    zeros = 0;
    if (high < INEXACT_HALF) out.uleb(high * HALF + low);
    else out.uleb64((BigInt(high) << 32n) | BigInt(low));
  }
  if (zeros > 0) writeZeros(out, zeros);
  return out.written();
}

function writeZeros(out: ByteWriter, count: number): void {
  out.uleb(0);
  out.uleb(count);
}

/** How many bytes the number has that the reader is at. */
function sizeOfNumber(reader: LebReader): number {
  const start = reader.position;
  reader.skipLeb();
  const size = reader.position - start;
  if (reader.position > reader.bytes.length) throw new CountsError("its counts end early");
  if (size > 10) throw new CountsError("it has a count of more than 64 bits");
  reader.position = start;
  return size;
}

function lengthError(found: number, expected: number): CountsError {
  return new CountsError(`it has ${found} counts where the module has ${expected} counters`);
}
