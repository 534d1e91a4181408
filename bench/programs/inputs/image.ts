/** An input that is an image. */

import { crc32, deflateSync } from "node:zlib";
import { Random } from "./random.ts";

/** A PNG of 8 bits in four channels: areas, gradients and noise, with every filter that there is. */
export function pngImage(width = 208, height = 156): Uint8Array {
  const random = new Random(4);
  const rows: Uint8Array[] = [];
  let above = new Uint8Array(4 * width);
  for (let y = 0; y < height; y++) {
    const row = Uint8Array.from({ length: 4 * width }, (_, at) => channel(random, at >> 2, y, at & 3));
    rows.push(filtered(row, above, y % 5));
    above = row;
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 6, 0, 0, 0], 8);
  const signature = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
  const data = deflateSync(Buffer.concat(rows), { level: 9 });
  return Buffer.concat([signature, chunk("IHDR", header), chunk("IDAT", data), chunk("IEND", Buffer.alloc(0))]);
}

function channel(random: Random, x: number, y: number, which: number): number {
  if (which === 3) return x < 8 ? 128 : 255;
  if (y % 40 < 20) return (x * (which + 1) + y) & 0xff;
  return x % 32 < 28 ? 40 * which + (y >> 3) : random.below(256);
}

/** A row as PNG has it, with the filter's number in front: none, sub, up, average, Paeth. */
function filtered(row: Uint8Array, above: Uint8Array, filter: number): Uint8Array {
  const out = new Uint8Array(row.length + 1);
  out[0] = filter;
  for (let at = 0; at < row.length; at++) {
    const [left, up, corner] = [row[at - 4] ?? 0, above[at] ?? 0, at < 4 ? 0 : (above[at - 4] ?? 0)];
    const predicted = [0, left, up, (left + up) >> 1, paeth(left, up, corner)][filter] as number;
    out[at + 1] = (row[at] as number) - predicted;
  }
  return out;
}

function paeth(left: number, up: number, corner: number): number {
  const estimate = left + up - corner;
  const [a, b, c] = [left, up, corner].map((value) => Math.abs(estimate - value)) as [number, number, number];
  return a <= b && a <= c ? left : b <= c ? up : corner;
}

function chunk(name: string, data: Uint8Array): Uint8Array {
  const content = Buffer.concat([Buffer.from(name, "latin1"), data]);
  const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  check.writeUInt32BE(crc32(content));
  return Buffer.concat([length, content, check]);
}
