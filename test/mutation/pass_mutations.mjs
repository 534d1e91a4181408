// Mutations of the pass; a line is as in mutations.mjs.

const PASS = "src/instrument";

export const PASS_MUTATIONS = [
  [
    "switch: a mask of 20 bits for values of 16",
    `${PASS}/code/value_code.ts`,
    "size === 0 ? 0xff : 0xffff",
    "size === 0 ? 0xff : 0xfffff",
  ],
  [
    "ranges: a negative number extended without a sign stays narrow",
    `${PASS}/ir/ranges.ts`,
    "range[0] >= 0 ? range : [0, 0xffffffff]",
    "range",
  ],
  ["ranges: a shift counts past its width", `${PASS}/ir/ranges.ts`, "bits === 64 ? 6 : 5", "bits === 64 ? 7 : 6"],
  [
    "ranges: a mask with a sign bounds",
    `${PASS}/ir/ranges.ts`,
    "otherLow >= 0 ? [0, otherHigh]",
    "otherHigh >= 0 ? [0, otherHigh]",
  ],
  [
    "switch: the bias is subtracted once more",
    `${PASS}/code/value_plan.ts`,
    "return { base, bias: -constOf(constant) }",
    "return { base, bias: constOf(constant) }",
  ],
  [
    "load: the constant offset is forgotten",
    `${PASS}/code/value_code.ts`,
    "    if (plus) {\n",
    "    if (plus && plus > 4) {\n",
  ],
  [
    "comparison: the constant comes second",
    `${PASS}/code/value_code.ts`,
    "if (side === CONSTANT.right) this.pushConstant(narrow);",
    "",
  ],
  [
    'import: one from "" is none',
    `${PASS}/ir/binaryen.ts`,
    "return raw.FunctionGetBody(func) === 0;",
    "return raw.FunctionGetBody(func) === 1;",
  ],
  ["cursor: valid after a call", `${PASS}/sites/cursor.ts`, "return this.flow.calls(node) || !(", "return !("],
  [
    "cursor: valid where a handler begins",
    `${PASS}/sites/cursor.ts`,
    "return node !== ENTRY || hooked[node] === 1 || flow.calls(node);",
    "return node === ENTRY && (hooked[node] === 1 || flow.calls(node));",
  ],
  [
    "cursor: loaded after an earlier statement",
    `${PASS}/sites/node_places.ts`,
    "if (this.last === node) this.replaceLast(place);",
    "if (this.last !== undefined) this.replaceLast(place);",
  ],
  [
    "held counters: in loops that contain others",
    `${PASS}/sites/held_counters.ts`,
    "if (flow.calls(node) || flow.isLoop(node) || nodes.size === MAX_NODES) return NOTHING;",
    "if (flow.calls(node) || nodes.size === MAX_NODES) return NOTHING;",
  ],
  [
    "held counters: the local of another",
    `${PASS}/code/site_rendering.ts`,
    "return this.firstOf(TYPE.i32) + this.beforeHeld + number;",
    "return this.firstOf(TYPE.i32) + this.beforeHeld;",
  ],
  ["else: the pc of the other arm", `${PASS}/sites/finder.ts`, "offset + k - 1", "offset + 2 - k"],
  [
    "br_if: taken and not taken swapped",
    `${PASS}/sites/finder.ts`,
    "pcs.at(op && op.offset + 1)",
    "pcs.at(op && op.offset)",
  ],
  [
    "lists: an allowlist without functions allows all",
    `${PASS}/filters.ts`,
    '...(allowlist === undefined ? [] : [listOf("allowlist", allowlist)]),',
    '...(allowlist ? [listOf("allowlist", allowlist)] : []),',
  ],
  [
    "lists: a pattern ends at a blank",
    `${PASS}/special_case_list.ts`,
    "line.slice(colon + 1).replace(CATEGORY",
    'line.slice(colon + 1).replace(/ .*/, "").replace(CATEGORY',
  ],
];
