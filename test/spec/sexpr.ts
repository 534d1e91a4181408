/** S-expressions of `.wast` scripts. */

/** An atom, a string (its bytes), or a list; with its place in the text. */
export type Sexpr = Atom | Text | List;

export interface Atom {
  kind: "atom";
  text: string;
}

export interface Text {
  kind: "string";
  bytes: Uint8Array;
}

export interface List {
  kind: "list";
  items: Sexpr[];
  start: number;
  end: number;
  line: number;
}

/** Parses the forms of a script. */
export function parseScript(text: string): List[] {
  const parser = new Parser(text);
  const forms: List[] = [];
  for (let form = parser.next(); form; form = parser.next()) {
    if (form.kind === "list") forms.push(form);
  }
  return forms;
}

/** The first atom of a list, its keyword. */
export function head(form: Sexpr | undefined): string {
  const first = form?.kind === "list" ? form.items[0] : undefined;
  return first?.kind === "atom" ? first.text : "";
}

/** The text of a string or an atom. */
export function textOf(form: Sexpr | undefined): string {
  if (form?.kind === "string") return new TextDecoder().decode(form.bytes);
  return form?.kind === "atom" ? form.text : "";
}

const DELIMITERS = /[\s();"]/;

class Parser {
  private readonly text: string;
  private position = 0;
  private line = 1;

  constructor(text: string) {
    this.text = text;
  }

  next(): Sexpr | undefined {
    this.skipBlanks();
    const char = this.text[this.position];
    if (char === undefined || char === ")") return undefined;
    if (char === "(") return this.list();
    return char === '"' ? this.string() : this.atom();
  }

  private list(): List {
    const start = this.position++;
    const { line } = this;
    const items: Sexpr[] = [];
    for (let item = this.next(); item; item = this.next()) items.push(item);
    if (this.text[this.position] !== ")") throw new SyntaxError(`line ${line}: list without an end`);
    this.position++;
    return { kind: "list", items, start, end: this.position, line };
  }

  private atom(): Atom {
    const start = this.position++; // a delimiter that begins nothing is an atom of its own
    while (this.position < this.text.length && !DELIMITERS.test(this.text[this.position] ?? "")) this.position++;
    return { kind: "atom", text: this.text.slice(start, this.position) };
  }

  private string(): Text {
    const bytes: number[] = [];
    const encoder = new TextEncoder();
    this.position++;
    for (;;) {
      const code = this.text.codePointAt(this.position);
      if (code === undefined) throw new SyntaxError("string without an end");
      const char = String.fromCodePoint(code);
      this.position += char.length;
      if (char === '"') return { kind: "string", bytes: Uint8Array.from(bytes) };
      if (char === "\n") this.line++;
      bytes.push(...(char === "\\" ? this.escape() : encoder.encode(char)));
    }
  }

  private escape(): Iterable<number> {
    const char = this.text[this.position++] ?? "";
    const simple: Record<string, number> = { t: 9, n: 10, r: 13, '"': 34, "'": 39, "\\": 92 };
    const code = simple[char];
    if (code !== undefined) return [code];
    if (char === "u") {
      const end = this.text.indexOf("}", this.position);
      const value = Number.parseInt(this.text.slice(this.position + 1, end), 16);
      this.position = end + 1;
      return new TextEncoder().encode(String.fromCodePoint(value));
    }
    return [Number.parseInt(char + this.text[this.position++], 16)];
  }

  private skipBlanks(): void {
    for (;;) {
      const char = this.text[this.position];
      if (char === "\n") this.line++;
      if (char !== undefined && /\s/.test(char)) this.position++;
      else if (this.text.startsWith(";;", this.position)) this.skipLine();
      else if (this.text.startsWith("(;", this.position)) this.skipComment();
      else return;
    }
  }

  private skipLine(): void {
    const end = this.text.indexOf("\n", this.position);
    this.position = end < 0 ? this.text.length : end;
  }

  private skipComment(): void {
    let depth = 0;
    do {
      if (this.text.startsWith("(;", this.position)) {
        depth++;
        this.position += 2;
      } else if (this.text.startsWith(";)", this.position)) {
        depth--;
        this.position += 2;
      } else if (this.text[this.position++] === "\n") this.line++;
    } while (depth > 0 && this.position < this.text.length);
  }
}
