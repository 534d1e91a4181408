/** Sections of an .editorconfig. */
export default async (require) => {
  const { parse_to_json, parse_to_uint32array, TokenTypes } = require("@one-ini/wasm");
  const text = Array.from(
    { length: 60 },
    (_, k) => `[*.${k}]\nindent_size = ${k}\n; comment ${k}\nkey${k} = a b c\n`,
  ).join("\n");
  const tokens = parse_to_uint32array(Buffer.from(text));
  return { json: parse_to_json(text), tokens: [...tokens], types: TokenTypes };
};
