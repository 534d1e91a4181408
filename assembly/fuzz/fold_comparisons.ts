import { KCOV_CMP_TYPE_MAX } from "../../src/abi/events";
import {
  CMP_RECORD_ARG1,
  CMP_RECORD_ARG2,
  CMP_RECORD_PC,
  CMP_RECORD_SHIFT,
  CMP_RECORD_TYPE,
} from "../../src/abi/layout";

/** log2 of the sites that are told apart; more than that share. */
const SITE_BITS: u32 = 12;
/** Odd, with its bits spread well: multiplying by it and taking the upper bits is a hash. */
const SPREAD: u32 = 0x9e3779b1;

/**
 * The value profile: how many bits of its operands agree is a feature of a comparison, so that inputs that come closer to
 * equality are kept.
 *
 *       feature − base   64·hash(pc) + differing bits (64 as 63);  2^18 of them
 *
 * @param area address of the area of comparisons
 * @param count how many records it holds
 * @param seen address of 2^18 bytes; new features are set here
 * @param base what features begin with
 * @param out address that new features are written to, u32 each
 * @param capacity room at `out`; features beyond it stay new
 * @returns how many features are new
 */
export function foldComparisons(area: usize, count: u32, seen: usize, base: u32, out: usize, capacity: u32): u32 {
  let found: u32 = 0;
  const end = area + ((<usize>count) << CMP_RECORD_SHIFT);
  for (let record = area; record < end; record += 1 << CMP_RECORD_SHIFT) {
    if (load<u64>(record, CMP_RECORD_TYPE) > <u64>KCOV_CMP_TYPE_MAX) continue;
    const differing = popcnt(load<u64>(record, CMP_RECORD_ARG1) ^ load<u64>(record, CMP_RECORD_ARG2));
    const site = (<u32>load<u64>(record, CMP_RECORD_PC) * SPREAD) >> (32 - SITE_BITS);
    const feature = ((<u32>site) << 6) + <u32>min<u64>(differing, 63);
    if (load<u8>(seen + feature) || found == capacity) continue;
    store<u8>(seen + feature, 1);
    store<u32>(out + ((<usize>found) << 2), base + feature);
    found++;
  }
  return found;
}
