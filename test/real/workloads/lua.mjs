/** A program in Lua. */
export default async (require) => {
  const { LuaFactory } = require("wasmoon");
  const lua = await new LuaFactory().createEngine();
  return lua.doString(`
    local t = {}
    for i = 1, 2000 do t[i] = tostring(i * 7 % 13) .. string.rep("x", i % 50) end
    table.sort(t)
    local s, n = table.concat(t, ","), 0
    for w in s:gmatch("%d+") do n = n + tonumber(w) end
    local next = coroutine.wrap(function() for i = 1, 10 do coroutine.yield(i) end end)
    for i = 1, 10 do n = n + next() end
    return n .. #s .. tostring(pcall(error, "x"))`);
};
