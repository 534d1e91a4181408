/**
 * Marks what code writes to memory and tables, so that a host can restore it without reading all of it.
 *
 *     (i32.store offset=8 (local.tee $at (…)) (…))
 *     (call $__kcov_dirty_page (global.get $kcov.dirty) (i32.add (local.get $at) (i32.const 8)))     inlined when fused
 *
 * The mark comes after the store, since a store that traps has written nothing and may have any address.
 *
 * A memory cannot shrink, so its size is kept separately in `$kcov.pages`, which is restored with the other globals:
 * `memory.size` reads it, and `memory.grow` reuses pages that exist already before it requests new ones.
 * DIVERGES: an access beyond that size but within the real one does not trap. Memories that others may grow, imported
 * or shared ones, keep their own size.
 */

import { DIRTY_MAP_INIT, IMPORT_MODULE, STATE_EXPORTS } from "../../abi/hooks.ts";
import { WASM_PAGE_BYTES } from "../../abi/layout.ts";
import { DIRTY_PAGE_SHIFT } from "../../abi/state.ts";
import { type Expr, type Func, lib, type Name, namePointer, raw } from "../ir/binaryen.ts";
import { UnknownExpression } from "../ir/expressions.ts";
import { onlyMemoryName } from "../ir/heap_layout.ts";
import type { Ir, Operand } from "../ir/ir.ts";
import { OPERATION } from "../ir/operations.ts";
import { tupleOf } from "../ir/types.ts";
import type { Link } from "../link/link.ts";
import type { ModuleInfo } from "../wasm/module_info.ts";
import { findWrites, type Marks, markWrites, type Writes } from "./memory_writes.ts";

/** Number of functions that this adds to the module's imports. */
export const DIRTY_IMPORTS = 1;

/** Maximum number of pages in a memory with 32-bit addresses. */
const MAX_PAGES = 65536;

const NO_WRITES: Writes = new Set();

/** Marks what one module writes. It adds globals, so it must be created before those of the module are listed. */
export class MemoryState implements Marks {
  readonly ir: Ir;
  /** 0: there is none, or several. If there are several, Binaryen does not tell to which one an instruction refers. */
  private readonly memory: Name;
  /** Whether stores are marked, which requires 32-bit addresses. */
  private readonly isMarked: boolean;
  /** Whether the memory's size is kept separately. */
  private readonly hasOwnSize: boolean;
  /** Name of the global that holds the map's address. */
  readonly map: Name;
  private readonly pages: Name;
  private readonly growFunction: Name;
  private readonly tablesChanged: Name;
  /** The imported function that allocates an instance's map. */
  private readonly init: Name;
  private link: Link | undefined;
  /** Whether no function had to be left out. */
  private isComplete = true;

  /** @param original the module before any change */
  constructor(ir: Ir, original: Pick<ModuleInfo, "memories" | "importedMemories">) {
    this.ir = ir;
    const { module } = ir;
    this.map = ir.name("dirty");
    this.pages = ir.name("pages");
    this.growFunction = ir.name("grow");
    this.tablesChanged = ir.name("tables");
    this.init = ir.name(DIRTY_MAP_INIT);
    this.memory = original.memories === 1 ? onlyMemoryName(module) : 0;
    this.isMarked = this.memory !== 0 && !raw.MemoryIs64(module, this.memory);
    this.hasOwnSize = this.isMarked && original.importedMemories === 0 && !raw.MemoryIsShared(module, this.memory);
    this.addExports();
    raw.AddGlobal(module, this.map, lib.i32, 1, ir.i32(0));
    const [from, base] = [namePointer(IMPORT_MODULE), namePointer(DIRTY_MAP_INIT)];
    raw.AddFunctionImport(module, this.init, from, base, tupleOf([lib.i32]), lib.i32);
    if (this.hasOwnSize) this.addOwnSize();
  }

  /** Must be called before marks are inserted. */
  use(link: Link): void {
    this.link = link;
  }

  /** Examines a function before it is changed. @param canMark false for one that must stay unchanged */
  find(func: Func, canMark: boolean): Writes {
    try {
      const writes = findWrites(func);
      if (canMark || writes.size === 0) return writes;
    } catch (error) {
      if (!(error instanceof UnknownExpression)) throw error;
    }
    this.isComplete = false;
    return NO_WRITES;
  }

  insert(func: Func, writes: Writes): void {
    markWrites(func, writes, this);
  }

  /** Code that is to run first: it requests the map, unless something could not be marked. */
  finish(): Expr[] {
    const { ir, memory } = this;
    if (!this.isMarked || !this.isComplete) return [];
    const maxPages = raw.MemoryHasMax(ir.module, memory) ? raw.MemoryGetMax(ir.module, memory) : MAX_PAGES;
    const bytes = Math.min(maxPages, MAX_PAGES) * (WASM_PAGE_BYTES >> DIRTY_PAGE_SHIFT);
    return [raw.GlobalSet(ir.module, this.map, ir.call(this.init, [ir.i32(bytes)], lib.i32))];
  }

  store(pointer: Operand, offset: number): Expr {
    const address: Operand = { type: lib.i32, base: pointer, plus: BigInt(offset >>> 0) };
    return this.mark((link) => link.markPage(this.map, address));
  }

  range(start: Operand, bytes: Operand): Expr {
    return this.mark((link) => link.markRange(this.map, start, bytes));
  }

  table(): Expr {
    return raw.GlobalSet(this.ir.module, this.tablesChanged, this.ir.i32(1));
  }

  size(): Expr | undefined {
    return this.hasOwnSize ? raw.GlobalGet(this.ir.module, this.pages, lib.i32) : undefined;
  }

  grow(delta: Expr): Expr | undefined {
    return this.hasOwnSize ? this.ir.call(this.growFunction, [delta], lib.i32) : undefined;
  }

  private mark(code: (link: Link) => Expr): Expr {
    if (!this.link) throw new Error("marks are inserted before the link is known");
    return this.isMarked ? code(this.link) : raw.Nop(this.ir.module);
  }

  /** The host must see the memory and the tables, whatever the module exports. */
  private addExports(): void {
    const { ir, memory, tablesChanged } = this;
    const { module } = ir;
    if (memory !== 0) raw.AddMemoryExport(module, memory, namePointer(STATE_EXPORTS.memory));
    for (let k = 0; k < raw.GetNumTables(module); k++) {
      const name = raw.TableGetName(raw.GetTableByIndex(module, k));
      raw.AddTableExport(module, name, namePointer(`${STATE_EXPORTS.table}${k}`));
    }
    raw.AddGlobal(module, tablesChanged, lib.i32, 1, ir.i32(0));
    raw.AddGlobalExport(module, tablesChanged, namePointer(STATE_EXPORTS.tablesChanged));
  }

  /**
   *     (func $kcov.grow (param $delta i32) (result i32) (local $old i32) (local $spare i32)
   *       (local.set $old (global.get $kcov.pages))
   *       (local.set $spare (i32.sub (memory.size) (local.get $old)))
   *       (if (result i32)
   *         (if (result i32) (i32.gt_u (local.get $delta) (local.get $spare))
   *           (then (i32.eq (memory.grow (i32.sub (local.get $delta) (local.get $spare))) (i32.const -1)))
   *           (else (i32.const 0)))
   *         (then (i32.const -1))
   *         (else (global.set $kcov.pages (i32.add (local.get $old) (local.get $delta))) (local.get $old))))
   */
  private addOwnSize(): void {
    const { ir, memory, pages } = this;
    const { module } = ir;
    raw.AddGlobal(module, pages, lib.i32, 1, ir.i32(raw.MemoryGetInitial(module, memory)));
    const func = raw.AddFunction(module, this.growFunction, lib.i32, lib.i32, 0, 0, raw.Nop(module));
    const [delta, old, spare] = [0, raw.FunctionAddVar(func, lib.i32), raw.FunctionAddVar(func, lib.i32)];
    const get = (local: number): Expr => ir.get(local, lib.i32);
    const binary = (op: number, left: Expr, right: Expr): Expr => raw.Binary(module, op, left, right);
    const { SubInt32, AddInt32, EqInt32, GtUInt32 } = OPERATION;
    const grown = raw.MemoryGrow(module, binary(SubInt32, get(delta), get(spare)), memory, 0);
    const fails = ir.if(binary(GtUInt32, get(delta), get(spare)), binary(EqInt32, grown, ir.i32(-1)), ir.i32(0));
    const set = raw.GlobalSet(module, pages, binary(AddInt32, get(old), get(delta)));
    const body = ir.sequence(
      lib.i32,
      ir.set(old, raw.GlobalGet(module, pages, lib.i32)),
      ir.set(spare, binary(SubInt32, raw.MemorySize(module, memory, 0), get(old))),
      ir.if(fails, ir.i32(-1), ir.sequence(lib.i32, set, get(old))),
    );
    raw.FunctionSetBody(func, body);
  }
}
