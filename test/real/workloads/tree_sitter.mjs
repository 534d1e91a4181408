/** A parser without a language, and a query of its version. */
export default async (require) => {
  const { LANGUAGE_VERSION, Parser } = await import(require.resolve("web-tree-sitter"));
  await Parser.init();
  const parser = new Parser();
  parser.delete();
  return LANGUAGE_VERSION;
};
