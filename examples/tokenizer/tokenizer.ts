// A tokenizer for arithmetic, in AssemblyScript.

export enum Token {
  End,
  Number,
  Plus,
  Minus,
  Times,
  Over,
  Open,
  Close,
  Error,
}

let text: StaticArray<u8> = new StaticArray<u8>(0);
let at: i32 = 0;
/** Of the last number. */
export let value: i32 = 0;

export function begin(length: i32): void {
  text = new StaticArray<u8>(length);
  at = 0;
}

export function put(index: i32, byte: u8): void {
  text[index] = byte;
}

function isDigit(byte: u8): bool {
  return byte >= 48 && byte <= 57;
}

export function next(): Token {
  while (at < text.length && text[at] == 32) at++;
  if (at >= text.length) return Token.End;
  const byte = text[at++];
  if (isDigit(byte)) {
    value = byte - 48;
    while (at < text.length && isDigit(text[at])) {
      value = value * 10 + (text[at++] - 48);
    }
    return Token.Number;
  }
  switch (byte) {
    case 43:
      return Token.Plus;
    case 45:
      return Token.Minus;
    case 42:
      return Token.Times;
    case 47:
      return Token.Over;
    case 40:
      return Token.Open;
    case 41:
      return Token.Close;
    default:
      return Token.Error;
  }
}
