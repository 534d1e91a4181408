// Makes Binaryen handle its C++ exceptions itself. As it is published, each call that may throw goes through a JavaScript
// function of Emscripten's, which calls back in a `try`: a third of the time in which a large module is instrumented. Here
// these functions become WebAssembly, with a `try` of its own, and what JavaScript throws becomes an exception with a tag.
//
//     function invoke(target, ...values) {                      (func $invoke (param $target i32) …
//       const stack = stackSave();                                (local.set $stack (call $stackSave))
//       try {                                                     (try (do (call_indirect … (local.get $target)))
//         return table.get(target)(...values);                      (catch $exception
//       } catch (error) {                                              (call $stackRestore (local.get $stack))
//         stackRestore(stack);                                         (call $setThrew (i32.const 1) (i32.const 0)))
//         if (!(error instanceof Exception)) throw error;            (catch_all
//         setThrew(1, 0);                                              (call $stackRestore (local.get $stack))
//       }                                                              (rethrow …))))
//     }

import binaryen from "binaryen";

const NAME = "[\\w$]+";
const INVOKE = new RegExp(
  `function (${NAME})\\(${NAME}(?:,${NAME})*\\)\\{var ${NAME}=(${NAME})\\(\\);` +
    `try\\{(?:return )?(${NAME})\\(${NAME}\\)\\([\\w,$]*\\)\\}` +
    `catch\\(${NAME}\\)\\{if\\((${NAME})\\(${NAME}\\),!\\(${NAME} instanceof (${NAME})\\)\\)throw ${NAME};` +
    `(?:return )?(${NAME})\\(1,0\\)(?:,0n)?\\}\\}`,
  "g",
);
/** The tag's name: in the JavaScript, and as an import. Names of Emscripten's imports are shorter. */
const TAG = "$exceptionTag";

/**
 * @param {string} glue Binaryen's JavaScript
 * @param {Uint8Array} bytes its module
 * @returns {{ glue: string, bytes: Uint8Array }} both, changed
 * @throws {Error} they are not as expected: another version of Emscripten wrote them
 */
export function withOwnExceptions(glue, bytes) {
  const invokes = [...glue.matchAll(INVOKE)];
  const [, , stackSave, , stackRestore, exception, setThrew] = invokes[0] ?? [];
  const parts = new Set(invokes.map((invoke) => invoke.slice(2).join()));
  if (parts.size !== 1) throw unexpected("functions that call in a try");
  const invokeOf = new Map(invokes.map(([, name]) => [importOf(glue, name), name]));
  const [first, firstName] = [...invokeOf][0];
  const exports = [stackSave, stackRestore, setThrew].map((name) => exportOf(glue, name));
  return {
    glue: replaced(
      replaced(
        `const ${TAG} = new WebAssembly.Tag({ parameters: [] });\n${glue}`,
        `class ${exception}{}`,
        `class ${exception} extends WebAssembly.Exception{constructor(){super(${TAG},[])}}`,
      ),
      `${first}:${firstName}`,
      `${TAG},${first}:${firstName}`,
    ),
    bytes: defineInvokes(bytes, new Set(invokeOf.keys()), exports),
  };
}

/** Replaces the imported functions by functions of the module. */
function defineInvokes(bytes, names, exports) {
  const module = binaryen.readBinary(bytes);
  module.setFeatures(module.getFeatures() | binaryen.Features.ExceptionHandling);
  const functions = Array.from({ length: module.getNumFunctions() }, (_, k) =>
    binaryen.getFunctionInfo(module.getFunctionByIndex(k)),
  );
  const imported = functions.filter(({ base }) => names.has(base));
  const [from] = new Set(imported.map((each) => each.module));
  if (imported.length !== names.size) throw unexpected("imports");
  const context = {
    module,
    table: binaryen.getTableInfo(module.getTableByIndex(0)).name,
    callees: exports.map((name) => binaryen.getExportInfo(module.getExport(name)).value),
  };
  module.addTagImport(TAG, from, TAG, binaryen.none, binaryen.none);
  for (const { name, params, results } of imported) {
    const body = bodyOf(context, binaryen.expandType(params), results);
    module.removeFunction(name);
    module.addFunction(name, params, results, [binaryen.i32], body);
  }
  const written = module.emitBinary();
  module.dispose();
  return written;
}

function bodyOf({ module, table, callees: [stackSave, stackRestore, setThrew] }, params, results) {
  const { i32, none } = binaryen;
  const [target, ...values] = params.map((type, k) => module.local.get(k, type));
  const stack = params.length;
  const restore = () => module.call(stackRestore, [module.local.get(stack, i32)], none);
  const caught = [
    restore(),
    module.call(setThrew, [module.i32.const(1), module.i32.const(0)], none),
    ...(results === none ? [] : [zero(module, results)]),
  ];
  const call = module.call_indirect(table, target, values, binaryen.createType(params.slice(1)), results);
  return module.block(
    null,
    [
      module.local.set(stack, module.call(stackSave, [], i32)),
      module.try(
        "call",
        call,
        [TAG],
        [module.block(null, caught, results), module.block(null, [restore(), module.rethrow("call")], results)],
      ),
    ],
    results,
  );
}

function zero(module, type) {
  if (type === binaryen.i64) return module.i64.const(0n);
  const [name] = ["i32", "f32", "f64"].filter((each) => binaryen[each] === type);
  return module[name].const(0);
}

/** The import as which the JavaScript gives the module a function. */
function importOf(glue, name) {
  const found = [...glue.matchAll(new RegExp(`[,{](${NAME}):${escaped(name)}(?=[,}])`, "g"))];
  if (found.length !== 1) throw unexpected(`import of ${name}`);
  return found[0][1];
}

/** The export that the JavaScript has in a variable. */
function exportOf(glue, variable) {
  const [, name] = new RegExp(`[,;]${escaped(variable)}=${NAME}\\.(${NAME})`).exec(glue) ?? [];
  if (name === undefined) throw unexpected(`export for ${variable}`);
  return name;
}

function replaced(text, from, to) {
  if (text.split(from).length !== 2) throw unexpected(from);
  return text.replace(from, () => to);
}

function escaped(name) {
  return name.replaceAll("$", "\\$");
}

function unexpected(what) {
  return new Error(`binaryen: its exceptions are not handled as expected: ${what}`);
}
