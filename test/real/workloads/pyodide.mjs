/** A program in Python. */
export default async (require) => {
  const { loadPyodide } = await import(require.resolve("pyodide/pyodide.mjs"));
  const python = await loadPyodide({ env: { PYTHONHASHSEED: "0", HOME: "/" } });
  return python.runPython(`
import re, json, hashlib
def fib(n): return n if n < 2 else fib(n - 1) + fib(n - 2)
try:
    [][1]
except IndexError as error:
    caught = str(error)
words = sorted(re.findall(r"[a-z]+", "the quick brown fox jumps over the lazy dog"))
json.dumps({"fib": fib(12), "words": words, "caught": caught, "sha": hashlib.sha256(b"x").hexdigest(), "power": str(7 ** 77), "pi": round(3.14159265, 4)})
`);
};
