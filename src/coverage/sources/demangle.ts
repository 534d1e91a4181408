/**
 * Names of compilers in the form of their languages. Linkers and debug information have most of them demangled already, so
 * what is left are names in exports and in symbol maps: nested names of C++ without templates, and Rust's, which use the
 * same scheme with a hash at the end. Everything else is returned as it is.
 */

/** @returns the name itself where it is not mangled, or in a way that is not known */
export function demangle(name: string): string {
  const start = name.startsWith("__ZN") ? 4 : name.startsWith("_ZN") ? 3 : -1;
  if (start > 0) return nested(name, start) ?? name;
  return name.replace(RUST_HASH, "");
}

/** `::h` and sixteen digits: what tells versions of a crate apart. */
const RUST_HASH = /::h[0-9a-f]{16}$/;

/** `_ZN4core3fmt5Write9write_fmtE`, then what the parameters are. */
function nested(name: string, from: number): string | undefined {
  let at = from;
  // Qualifiers of member functions: const, volatile, &, &&.
  while (/[KVrRO]/.test(name[at] ?? "")) at++;
  const parts: string[] = [];
  for (;;) {
    const rest = name.slice(at);
    if (rest.startsWith("E")) break;
    const last = parts.at(-1);
    if (/^C[1-3]/.test(rest) && last !== undefined) {
      parts.push(last);
      at += 2;
    } else if (/^D[0-2]/.test(rest) && last !== undefined) {
      parts.push(`~${last}`);
      at += 2;
    } else {
      const digits = /^\d+/.exec(rest)?.[0];
      if (digits === undefined) return undefined;
      const length = Number(digits);
      const part = rest.slice(digits.length, digits.length + length);
      if (length === 0 || part.length < length) return undefined;
      parts.push(part);
      at += digits.length + length;
    }
  }
  if (parts.length === 0) return undefined;
  if (/^h[0-9a-f]{16}$/.test(parts.at(-1) as string)) return parts.slice(0, -1).map(fromRust).join("::");
  return parts.map((part) => (part === "_GLOBAL__N_1" ? "(anonymous namespace)" : part)).join("::");
}

const RUST_ESCAPES: Readonly<Record<string, string>> = {
  ...{ SP: "@", BP: "*", RF: "&", LT: "<", GT: ">", LP: "(", RP: ")", C: "," },
};

/** Rust writes what C++ has no letters for as `$LT$` or `$u20$`, and `::` as two dots. */
function fromRust(part: string): string {
  return part
    .replace(/^_(?=\$)/, "")
    .replace(/\$(\w+?)\$/g, (all, code: string) => {
      const known = RUST_ESCAPES[code];
      if (known !== undefined) return known;
      return /^u[0-9a-f]{1,6}$/.test(code) ? String.fromCodePoint(Number.parseInt(code.slice(1), 16)) : all;
    })
    .replaceAll("..", "::");
}
