;; pc 73 function 2 indirect-call
(module
 (type $f (func (param i32) (result i32)))
 (type $1 (func (param i64 i64)))
 (type $2 (func (param i32)))
 (import "kcov" "__sanitizer_cov_trace_pc_indir" (func $fimport$0 (type $1) (param i64 i64)))
 (global $kcov.pending (mut i64) (i64.const 0))
 (table $0 2 funcref)
 (elem $0 (i32.const 0) $double $double)
 (export "f" (func $2))
 (func $double (type $f) (param $0 i32) (result i32)
  (local $1 i64)
  (local $2 i64)
  (if
   (i64.ne
    (local.tee $1
     (global.get $kcov.pending)
    )
    (i64.const 0)
   )
   (then
    (global.set $kcov.pending
     (i64.const 0)
    )
    (call $fimport$0
     (i64.const 0)
     (local.get $1)
    )
   )
  )
  (i32.add
   (local.get $0)
   (local.get $0)
  )
 )
 (func $unreachable_by_calls (type $2) (param $0 i32)
 )
 (func $2 (type $f) (param $0 i32) (result i32)
  (local $1 i64)
  (local $2 i64)
  (local $scratch i32)
  (local $scratch_4 i32)
  (if
   (i64.ne
    (local.tee $1
     (global.get $kcov.pending)
    )
    (i64.const 0)
   )
   (then
    (global.set $kcov.pending
     (i64.const 0)
    )
    (call $fimport$0
     (i64.const 2)
     (local.get $1)
    )
   )
  )
  (call $unreachable_by_calls
   (local.get $0)
  )
  (local.set $scratch_4
   (call_indirect $0 (type $f)
    (i32.const 21)
    (block (result i32)
     (local.set $scratch
      (local.get $0)
     )
     (global.set $kcov.pending
      (i64.const 73)
     )
     (local.get $scratch)
    )
   )
  )
  (if
   (i64.ne
    (local.tee $1
     (global.get $kcov.pending)
    )
    (i64.const 0)
   )
   (then
    (global.set $kcov.pending
     (i64.const 0)
    )
    (call $fimport$0
     (i64.const -1)
     (local.get $1)
    )
   )
  )
  (local.get $scratch_4)
 )
 ;; custom section "wasm-kcov", size 50
)
