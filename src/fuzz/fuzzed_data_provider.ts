/** Typed values from an input, for targets that need more than bytes. */

/**
 * Splits an input into values, as libFuzzer's `FuzzedDataProvider` does: bytes and strings come from the beginning,
 * numbers from the end, so that a mutation of the one does not shift the other. An exhausted input gives zeros and
 * empty strings: no method fails for lack of data.
 */
export class FuzzedDataProvider {
  readonly #data: Uint8Array;
  #start = 0;
  #end: number;

  constructor(data: Uint8Array) {
    this.#data = data;
    this.#end = data.length;
  }

  /** The number of bytes that are not consumed yet. */
  get remainingBytes(): number {
    return this.#end - this.#start;
  }

  /** A boolean, from one byte. */
  consumeBoolean(): boolean {
    return (this.consumeIntegral(1) & 1) === 1;
  }

  /** At most `maxLength` booleans. */
  consumeBooleans(maxLength: number): boolean[] {
    return this.#list(maxLength, 1, () => this.consumeBoolean());
  }

  /**
   * An integer.
   *
   * @param bytes 1 to 6
   * @param isSigned whether to read it as two's complement
   * @throws {RangeError} `bytes` is not from 1 to 6
   */
  consumeIntegral(bytes: number, isSigned: boolean = false): number {
    if (!(Number.isInteger(bytes) && bytes >= 1 && bytes <= 6)) {
      throw new RangeError(`bytes: ${bytes} is not from 1 to 6; consumeBigIntegral takes more`);
    }
    const all = 2 ** (8 * bytes);
    return isSigned ? this.consumeIntegralInRange(-all / 2, all / 2 - 1) : this.consumeIntegralInRange(0, all - 1);
  }

  /** At most `maxLength` integers of `bytesEach` bytes. @throws {RangeError} as {@link consumeIntegral} does */
  consumeIntegrals(maxLength: number, bytesEach: number, isSigned: boolean = false): number[] {
    return this.#list(maxLength, bytesEach, () => this.consumeIntegral(bytesEach, isSigned));
  }

  /** An integer from `min` to `max`, inclusive. @throws {RangeError} they are not safe integers in ascending order */
  consumeIntegralInRange(min: number, max: number): number {
    if (!Number.isSafeInteger(min) || !Number.isSafeInteger(max) || min > max) {
      throw new RangeError(`${min} to ${max} is not a range of safe integers`);
    }
    return Number(this.consumeBigIntegralInRange(BigInt(min), BigInt(max)));
  }

  /** Any integer that fits into `bytes` bytes. @param bytes 1 or more */
  consumeBigIntegral(bytes: number, isSigned: boolean = false): bigint {
    const all = 1n << BigInt(8 * bytes);
    return isSigned
      ? this.consumeBigIntegralInRange(-all / 2n, all / 2n - 1n)
      : this.consumeBigIntegralInRange(0n, all - 1n);
  }

  /** An integer from `min` to `max`, inclusive. @throws {RangeError} `min` is above `max` */
  consumeBigIntegralInRange(min: bigint, max: bigint): bigint {
    if (min > max) throw new RangeError(`${min} is above ${max}`);
    const range = max - min;
    let result = 0n;
    for (let bits = 0n; range >> bits > 0n && this.remainingBytes > 0; bits += 8n) {
      result = (result << 8n) | BigInt(this.#data[--this.#end] as number);
    }
    return min + (result % (range + 1n));
  }

  /** Any finite number. */
  consumeNumber(): number {
    return this.consumeNumberInRange(-Number.MAX_VALUE, Number.MAX_VALUE);
  }

  /** A number from `min` to `max`. @throws {RangeError} they are not finite or not in ascending order */
  consumeNumberInRange(min: number, max: number): number {
    if (!Number.isFinite(min) || !Number.isFinite(max) || min > max) {
      throw new RangeError(`${min} to ${max} is not a range of numbers`);
    }
    // The length of the range may exceed the largest number.
    const isLong = max - min === Number.POSITIVE_INFINITY;
    const isUpper = isLong && this.consumeBoolean();
    const length = isLong ? max / 2 - min / 2 : max - min;
    return Math.min(max, (isUpper ? min + length : min) + length * this.consumeProbability());
  }

  /** Any 64-bit float, including infinities and NaN. */
  consumeDouble(): number {
    const bits = new DataView(new ArrayBuffer(8));
    bits.setBigUint64(0, this.consumeBigIntegral(8));
    return bits.getFloat64(0);
  }

  /** Any 32-bit float, including infinities and NaN. */
  consumeFloat(): number {
    const bits = new DataView(new ArrayBuffer(4));
    bits.setUint32(0, this.consumeIntegral(4));
    return bits.getFloat32(0);
  }

  /** A number from 0 to 1. */
  consumeProbability(): number {
    return this.consumeIntegral(4) / 0xffffffff;
  }

  /** At most `maxLength` bytes. */
  consumeBytes(maxLength: number): Uint8Array {
    const length = Math.max(0, Math.min(maxLength, this.remainingBytes));
    this.#start += length;
    return this.#data.slice(this.#start - length, this.#start);
  }

  /** All remaining bytes. */
  consumeRemainingAsBytes(): Uint8Array {
    return this.consumeBytes(this.remainingBytes);
  }

  /** Text of at most `maxLength` bytes, decoded as `encoding` (a label of `TextDecoder`). */
  consumeString(maxLength: number, encoding: string = "utf-8"): string {
    return new TextDecoder(encoding).decode(this.consumeBytes(maxLength));
  }

  /**
   * Text whose length the input determines: it ends at a backslash that is followed by anything but a backslash. A
   * mutation that inserts bytes into it does not shift the values after it.
   */
  consumeRandomLengthString(maxLength: number = Number.POSITIVE_INFINITY): string {
    const bytes: number[] = [];
    while (bytes.length < maxLength && this.remainingBytes > 0) {
      let byte = this.#data[this.#start++] as number;
      if (byte === BACKSLASH && this.remainingBytes > 0) {
        byte = this.#data[this.#start++] as number;
        if (byte !== BACKSLASH) break;
      }
      bytes.push(byte);
    }
    return new TextDecoder().decode(Uint8Array.from(bytes));
  }

  /** All remaining bytes, as text. */
  consumeRemainingAsString(encoding: string = "utf-8"): string {
    return this.consumeString(this.remainingBytes, encoding);
  }

  /** One of the values. @throws {RangeError} there are none */
  pickValue<T>(values: readonly T[]): T {
    if (values.length === 0) throw new RangeError("there is nothing to pick from");
    return values[this.consumeIntegralInRange(0, values.length - 1)] as T;
  }

  /** `count` of the values, each at most once. @throws {RangeError} there are fewer than `count` */
  pickValues<T>(values: readonly T[], count: number): T[] {
    if (count > values.length) throw new RangeError(`there are ${values.length} values, not ${count}`);
    const left = [...values];
    return Array.from({ length: count }, () => left.splice(this.consumeIntegralInRange(0, left.length - 1), 1)[0] as T);
  }

  /** As many values as there is data for, at most `maxLength`. */
  #list<T>(maxLength: number, bytesEach: number, next: () => T): T[] {
    return Array.from({ length: Math.max(0, Math.min(maxLength, Math.floor(this.remainingBytes / bytesEach))) }, next);
  }
}

const BACKSLASH = 0x5c;
