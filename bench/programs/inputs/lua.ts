/** A Lua program: many functions of a few kinds, and a main part that calls them all. */

import { Random } from "./random.ts";

/** Each kind gives the body of a function of `n`, which returns a number. */
const KINDS: readonly ((random: Random) => string)[] = [
  (random) => `  local sum = ${random.below(9)}
  for i = 1, n do
    if i % ${2 + random.below(5)} == 0 then sum = sum + i * ${random.below(9)} else sum = sum ~ (i << ${random.below(4)}) end
  end
  return sum % 65536`,
  (random) => `  local words = {}
  for i = 1, n do words[#words + 1] = string.format("%s-%d", "${random.word()}", i % ${3 + random.below(9)}) end
  table.sort(words)
  return #table.concat(words, ",")`,
  (random) => `  local seen, hits = {}, 0
  for i = 1, n do
    local key = "${random.word()}" .. (i * ${1 + random.below(40)} % ${10 + random.below(20)})
    if seen[key] then hits = hits + 1 else seen[key] = i end
  end
  return hits`,
  (random) => `  local text = string.rep("${random.word()} ${random.word()} ", n // 4 + 1)
  local count = 0
  for word in text:gmatch("%a+") do if word:find("${random.pick(["a", "or", "in", "er"])}", 1, true) then count = count + #word end end
  return count + #text:gsub("${random.pick(["a", "o", "e"])}", "<%0>")`,
  (
    random,
  ) => `  local function make(x) return setmetatable({ x = x }, { __add = function(a, b) return make(a.x + b.x) end }) end
  local sum = make(${random.below(100)})
  for i = 1, n do sum = sum + make(i) end
  return sum.x`,
  (
    random,
  ) => `  local thread = coroutine.wrap(function() for i = 1, n do coroutine.yield(i * ${random.below(9)}) end return -1 end)
  local sum, value = 0, thread()
  while value >= 0 do sum = sum + value; value = thread() end
  return sum`,
  (random) => `  local failures = 0
  for i = 1, n do
    if not pcall(function() if i % ${2 + random.below(6)} == 0 then error("${random.word()}") end end) then failures = failures + 1 end
  end
  return failures`,
];

export function luaProgram(functions = 119): string {
  const random = new Random(4);
  const bodies = Array.from({ length: functions }, (_, index) => KINDS[index % KINDS.length]?.(random) ?? "");
  const definitions = bodies.map((body, index) => `function f${index}(n)\n${body}\nend\n`);
  // Names of functions that call themselves must be known before they are made.
  const text = definitions.join("\n").replaceAll("local function make", "local make; make = function");
  return `${text}
local results = {}
for index = 0, ${functions - 1} do results[#results + 1] = _ENV["f" .. index](16 + index % 11) end
return table.concat(results, " ")
`;
}
