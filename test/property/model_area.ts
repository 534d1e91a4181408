/** What the hooks and a section's end do to an area, by the letter of the rules. */

export type Area = BigUint64Array;

export const U64 = 0xffffffffffffffffn;

/** @returns whether the pc was stored; `countFirst`: which of the two is stored first */
export function appendPc(area: Area, size: number, pc: bigint, countFirst: boolean): boolean {
  const pos = ((area[0] ?? 0n) + 1n) & U64;
  if (pos >= BigInt(size)) return false;
  if (countFirst) area[0] = pos;
  area[Number(pos)] = pc;
  if (!countFirst) area[0] = pos;
  return true;
}

/** @returns whether the record was stored */
export function appendComparison(area: Area, size: number, record: [bigint, bigint, bigint, bigint]): boolean {
  const count = area[0] ?? 0n;
  if ((1n + 4n * count + 4n) * 8n > BigInt(size) * 8n) return false;
  area.set(record, 1 + 4 * Number(count));
  area[0] = count + 1n;
  return true;
}

/**
 * Appends what `source` holds to `target`, as far as it fits.
 *
 * @returns what happened, for the statistics
 */
export function moveRecords(recordWords: 1 | 4, target: Area, source: Area): "nothing" | "merged" | "truncated" {
  const count = target[0] ?? 0n;
  const sourceCount = Number(source[0]);
  const room = target.length - 1;
  if (count > BigInt(Math.floor(room / recordWords))) return "nothing";
  const used = Number(count) * recordWords;
  const words = Math.min(room - used, sourceCount * recordWords);
  for (let word = 0; word < words; word++) target[1 + used + word] = source[1 + word] ?? 0n;
  target[0] = count + BigInt(Math.floor(words / recordWords));
  if (words < sourceCount * recordWords) return "truncated";
  return words === 0 ? "nothing" : "merged";
}
