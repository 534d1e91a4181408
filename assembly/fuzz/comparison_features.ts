import { KCOV_CMP_TYPE_MAX } from "../../src/abi/events";
import {
  CMP_RECORD_ARG1,
  CMP_RECORD_ARG2,
  CMP_RECORD_PC,
  CMP_RECORD_SHIFT,
  CMP_RECORD_TYPE,
} from "../../src/abi/layout";

/** log2 of the number of sites that are distinguished; more sites than that share features. */
const SITE_BITS: u32 = 12;
/** log2 of the number of features per site: 64 for the bits that differ, and 64 for the distance. */
const SITE_FEATURE_BITS: u32 = 7;
const DISTANCES: u32 = 64;
/** log2 of the number of outcomes per site: alone, and after each outcome of the comparison before it. */
const SITE_OUTCOME_BITS: u32 = 4;
const EQUAL: u32 = 1;
/** Maximum number of bytes of code between two comparisons that belong together. */
const NEAR: u64 = 32;
/** An odd number with well-spread bits: multiplying by it and taking the upper bits is a hash. */
const SPREAD: u32 = 0x9e3779b1;

/**
 * The value profile: how close the operands of a comparison are is a feature, so that inputs that come closer to
 * equality are kept. Closeness is measured both in differing bits, which suits masks and flags, and in distance, which
 * suits sums.
 *
 *       feature − base   128·hash(pc) + differing bits (64 as 63)
 *                        128·hash(pc) + 64 + bits of the distance (64 as 63);  2^19 of them
 *
 * @param area address of the area of comparisons
 * @param count number of records in it
 * @param seen address of 2^19 bytes; new features are set here
 * @param base the number of the first feature
 * @param out address to which new features are written, u32 each
 * @param capacity room at `out`, in features; those beyond it stay new
 * @param outcomes address of what {@link foldOutcomes} has seen: comparisons whose operands were ever equal are left
 *   out, since what they guard has been reached; 0: none are left out
 * @returns the number of new features
 */
export function collectValueProfile(
  area: usize,
  count: u32,
  seen: usize,
  base: u32,
  out: usize,
  capacity: u32,
  outcomes: usize,
): u32 {
  let found: u32 = 0;
  const end = area + ((<usize>count) << CMP_RECORD_SHIFT);
  for (let record = area; record < end; record += 1 << CMP_RECORD_SHIFT) {
    if (load<u64>(record, CMP_RECORD_TYPE) > <u64>KCOV_CMP_TYPE_MAX) continue;
    const site = siteOf(record);
    if (outcomes && load<u8>(outcomes + (site << SITE_OUTCOME_BITS) + EQUAL)) continue;
    const arg1 = load<u64>(record, CMP_RECORD_ARG1);
    const arg2 = load<u64>(record, CMP_RECORD_ARG2);
    const differing = <u32>min<u64>(popcnt(arg1 ^ arg2), 63);
    const distance = arg1 > arg2 ? arg1 - arg2 : arg2 - arg1;
    const magnitude = <u32>min<u64>(64 - clz(distance), 63);
    const first = site << SITE_FEATURE_BITS;
    found += note(seen, base, out, capacity, found, first + differing);
    found += note(seen, base, out, capacity, found, first + DISTANCES + magnitude);
  }
  return found;
}

/**
 * Outcomes: whether the first operand of a comparison is less than, equal to or greater than the second, unsigned. For
 * a comparison that is branched on, that says little more than counters do. But counters say nothing about one whose
 * result is used in arithmetic, as compilers do where that avoids a branch. Conditions that are combined this way are
 * adjacent in the code, and the combination of their outcomes is a feature of the second.
 *
 *       feature − base   16·hash(pc) + outcome: 0 less, 1 equal, 2 greater
 *                        16·hash(pc) + 4·(1 + outcome of the comparison just before it) + outcome;  2^16 of them
 *
 * The parameters and the result are those of {@link collectValueProfile}.
 */
export function collectOutcomes(area: usize, count: u32, seen: usize, base: u32, out: usize, capacity: u32): u32 {
  let found: u32 = 0;
  const end = area + ((<usize>count) << CMP_RECORD_SHIFT);
  let pc: u64 = 0;
  let before: u32 = 0;
  for (let record = area; record < end; record += 1 << CMP_RECORD_SHIFT) {
    if (load<u64>(record, CMP_RECORD_TYPE) > <u64>KCOV_CMP_TYPE_MAX) continue;
    const first = siteOf(record) << SITE_OUTCOME_BITS;
    const outcome = outcomeOf(record);
    found += note(seen, base, out, capacity, found, first + outcome);
    const own = load<u64>(record, CMP_RECORD_PC);
    if (own - pc - 1 < NEAR) found += note(seen, base, out, capacity, found, first + ((before + 1) << 2) + outcome);
    pc = own;
    before = outcome;
  }
  return found;
}

/** Whether comparisons have a feature of the value profile, numbered from its base. */
export function hasProfileFeature(area: usize, count: u32, feature: u32): bool {
  const end = area + ((<usize>count) << CMP_RECORD_SHIFT);
  const site = feature >> SITE_FEATURE_BITS;
  const wanted = feature & (2 * DISTANCES - 1);
  for (let record = area; record < end; record += 1 << CMP_RECORD_SHIFT) {
    if (load<u64>(record, CMP_RECORD_TYPE) > <u64>KCOV_CMP_TYPE_MAX) continue;
    if (siteOf(record) != site) continue;
    const arg1 = load<u64>(record, CMP_RECORD_ARG1);
    const arg2 = load<u64>(record, CMP_RECORD_ARG2);
    const distance = arg1 > arg2 ? arg1 - arg2 : arg2 - arg1;
    const is =
      wanted < DISTANCES
        ? <u32>min<u64>(popcnt(arg1 ^ arg2), 63) == wanted
        : <u32>min<u64>(64 - clz(distance), 63) == wanted - DISTANCES;
    if (is) return true;
  }
  return false;
}

/** Whether comparisons have an outcome, numbered from its base. */
export function hasOutcome(area: usize, count: u32, feature: u32): bool {
  const end = area + ((<usize>count) << CMP_RECORD_SHIFT);
  let pc: u64 = 0;
  let before: u32 = 0;
  for (let record = area; record < end; record += 1 << CMP_RECORD_SHIFT) {
    if (load<u64>(record, CMP_RECORD_TYPE) > <u64>KCOV_CMP_TYPE_MAX) continue;
    const first = siteOf(record) << SITE_OUTCOME_BITS;
    const outcome = outcomeOf(record);
    const own = load<u64>(record, CMP_RECORD_PC);
    if (first + outcome == feature) return true;
    if (own - pc - 1 < NEAR && first + ((before + 1) << 2) + outcome == feature) return true;
    pc = own;
    before = outcome;
  }
  return false;
}

function siteOf(record: usize): u32 {
  return (<u32>load<u64>(record, CMP_RECORD_PC) * SPREAD) >> (32 - SITE_BITS);
}

function outcomeOf(record: usize): u32 {
  const arg1 = load<u64>(record, CMP_RECORD_ARG1);
  const arg2 = load<u64>(record, CMP_RECORD_ARG2);
  return <u32>(arg1 >= arg2) + <u32>(arg1 > arg2);
}

/** Records a feature. @returns 1 if it is new and there is room for it */
function note(seen: usize, base: u32, out: usize, capacity: u32, found: u32, feature: u32): u32 {
  if (load<u8>(seen + feature) || found >= capacity) return 0;
  store<u8>(seen + feature, 1);
  store<u32>(out + ((<usize>found) << 2), base + feature);
  return 1;
}
