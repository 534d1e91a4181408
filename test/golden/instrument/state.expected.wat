;; pc 44 function 0 entry
(module
 (type $0 (func (param i32) (result i32)))
 (type $1 (func))
 (type $2 (func (param i32 i64) (result i32)))
 (type $3 (func (param i32)))
 (type $4 (func (param i32 i32)))
 (type $5 (func (param i32 i32 i32)))
 (import "kcov" "__kcov_dirty_map_init" (func $fimport$0 (type $0) (param i32) (result i32)))
 (import "kcov" "__sanitizer_cov_8bit_counters_init" (func $fimport$1 (type $2) (param i32 i64) (result i32)))
 (import "kcov" "__sanitizer_cov_8bit_counter" (func $fimport$2 (type $3) (param i32)))
 (import "kcov" "__kcov_dirty_page" (func $fimport$3 (type $4) (param i32 i32)))
 (import "kcov" "__kcov_dirty_range" (func $fimport$4 (type $5) (param i32 i32 i32)))
 (global $hidden (mut i64) (i64.const 5))
 (global $kcov.tables (mut i32) (i32.const 0))
 (global $kcov.dirty (mut i32) (i32.const 0))
 (global $kcov.pages (mut i32) (i32.const 1))
 (global $kcov.saved.0 (mut i64) (i64.const 5))
 (global $kcov.saved.1 (mut i32) (i32.const 0))
 (global $kcov.saved.2 (mut i32) (i32.const 0))
 (global $kcov.saved.3 (mut i32) (i32.const 1))
 (global $kcov.counters (mut i32) (i32.const 0))
 (memory $0 1 4)
 (table $table 1 funcref)
 (export "kcov.memory" (memory $0))
 (export "kcov.table.0" (table $table))
 (export "kcov.tables" (global $kcov.tables))
 (export "kcov.save" (func $kcov.save))
 (export "kcov.restore" (func $kcov.restore))
 (start $kcov.start)
 (func $stores (type $0) (param $at i32) (result i32)
  (local $1 i32)
  (local $2 i32)
  (local $3 i32)
  (local $4 i32)
  (local $5 i32)
  (local.set $3
   (global.get $kcov.counters)
  )
  (call $fimport$2
   (i32.add
    (local.get $3)
    (i32.const 0)
   )
  )
  (i32.store offset=8
   (local.get $at)
   (i32.const 1)
  )
  (call $fimport$3
   (global.get $kcov.dirty)
   (i32.add
    (local.get $at)
    (i32.const 8)
   )
  )
  (i32.store8
   (local.tee $1
    (i32.add
     (local.get $at)
     (i32.const 1)
    )
   )
   (global.get $kcov.pages)
  )
  (call $fimport$3
   (global.get $kcov.dirty)
   (local.get $1)
  )
  (memory.fill
   (local.get $at)
   (i32.const 0)
   (i32.const 16)
  )
  (call $fimport$4
   (global.get $kcov.dirty)
   (local.get $at)
   (i32.const 16)
  )
  (global.set $kcov.tables
   (i32.const 1)
  )
  (table.set $table
   (i32.const 0)
   (table.get $table
    (i32.const 0)
   )
  )
  (local.set $2
   (i32.atomic.rmw.add
    (local.tee $1
     (local.get $at)
    )
    (call $kcov.grow
     (i32.const 1)
    )
   )
  )
  (call $fimport$3
   (global.get $kcov.dirty)
   (local.get $1)
  )
  (local.get $2)
 )
 (func $kcov.grow (type $0) (param $0 i32) (result i32)
  (local $1 i32)
  (local $2 i32)
  (local.set $1
   (global.get $kcov.pages)
  )
  (local.set $2
   (i32.sub
    (memory.size)
    (local.get $1)
   )
  )
  (if (result i32)
   (if (result i32)
    (i32.gt_u
     (local.get $0)
     (local.get $2)
    )
    (then
     (i32.eq
      (memory.grow
       (i32.sub
        (local.get $0)
        (local.get $2)
       )
      )
      (i32.const -1)
     )
    )
    (else
     (i32.const 0)
    )
   )
   (then
    (i32.const -1)
   )
   (else
    (global.set $kcov.pages
     (i32.add
      (local.get $1)
      (local.get $0)
     )
    )
    (local.get $1)
   )
  )
 )
 (func $kcov.save (type $1)
  (global.set $kcov.saved.0
   (global.get $hidden)
  )
  (global.set $kcov.saved.1
   (global.get $kcov.tables)
  )
  (global.set $kcov.saved.2
   (global.get $kcov.dirty)
  )
  (global.set $kcov.saved.3
   (global.get $kcov.pages)
  )
 )
 (func $kcov.restore (type $1)
  (global.set $hidden
   (global.get $kcov.saved.0)
  )
  (global.set $kcov.tables
   (global.get $kcov.saved.1)
  )
  (global.set $kcov.dirty
   (global.get $kcov.saved.2)
  )
  (global.set $kcov.pages
   (global.get $kcov.saved.3)
  )
 )
 (func $kcov.start (type $1)
  (global.set $kcov.counters
   (call $fimport$1
    (i32.const 1)
    (i64.const -8546010576805447725)
   )
  )
  (global.set $kcov.dirty
   (call $fimport$0
    (i32.const 64)
   )
  )
 )
 ;; custom section "wasm-kcov", size 54
)
