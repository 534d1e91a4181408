;; pc 51 function 0 entry
;; pc 59 function 1 entry
;; pc 66 function 1 cmp
;; pc 67 function 1 taken implied by 74
;; pc 68 function 1 not-taken
;; pc 74 function 1 join
(module
 (type $0 (func (param i32 i32 i64)))
 (type $1 (func (param i64 i64 i64)))
 (type $2 (func (param i64)))
 (type $3 (func (param i32) (result i32)))
 (type $4 (func (param i32) (result i32 i64)))
 (type $5 (func (result i32 i64)))
 (import "kcov" "mode" (global $gimport$0 (mut i32)))
 (import "kcov" "__sanitizer_cov_trace_pc" (func $fimport$0 (type $2) (param i64)))
 (import "kcov" "__sanitizer_cov_trace_cmp1" (func $fimport$1 (type $0) (param i32 i32 i64)))
 (import "kcov" "__sanitizer_cov_trace_cmp2" (func $fimport$2 (type $0) (param i32 i32 i64)))
 (import "kcov" "__sanitizer_cov_trace_cmp4" (func $fimport$3 (type $0) (param i32 i32 i64)))
 (import "kcov" "__sanitizer_cov_trace_cmp8" (func $fimport$4 (type $1) (param i64 i64 i64)))
 (import "kcov" "__sanitizer_cov_trace_const_cmp1" (func $fimport$5 (type $0) (param i32 i32 i64)))
 (import "kcov" "__sanitizer_cov_trace_const_cmp2" (func $fimport$6 (type $0) (param i32 i32 i64)))
 (import "kcov" "__sanitizer_cov_trace_const_cmp4" (func $fimport$7 (type $0) (param i32 i32 i64)))
 (import "kcov" "__sanitizer_cov_trace_const_cmp8" (func $fimport$8 (type $1) (param i64 i64 i64)))
 (export "one" (func $entry_alone))
 (export "two" (func $copied))
 (func $entry_alone (type $3) (param $0 i32) (result i32)
  (if
   (global.get $gimport$0)
   (then
    (call $fimport$0
     (i64.const 51)
    )
   )
  )
  (i32.add
   (local.get $0)
   (i32.const 1)
  )
 )
 (func $copied (type $4) (param $0 i32) (result i32 i64)
  (local $1 i32)
  (local $2 i32)
  (block $block
   (br_if $block
    (global.get $gimport$0)
   )
   (block $block1
    (br_if $block1
     (i32.lt_u
      (local.get $0)
      (i32.const 7)
     )
    )
    (return
     (tuple.make 2
      (i32.const 1)
      (i64.const 2)
     )
    )
   )
   (return
    (tuple.make 2
     (call $entry_alone
      (local.get $0)
     )
     (i64.const 3)
    )
   )
  )
  (call $fimport$0
   (i64.const 59)
  )
  (block $block2
   (call $fimport$7
    (i32.const 7)
    (local.get $0)
    (i64.const 66)
   )
   (br_if $block2
    (i32.lt_u
     (local.get $0)
     (i32.const 7)
    )
   )
   (call $fimport$0
    (i64.const 68)
   )
   (return
    (tuple.make 2
     (i32.const 1)
     (i64.const 2)
    )
   )
  )
  (call $fimport$0
   (i64.const 74)
  )
  (tuple.make 2
   (call $entry_alone
    (local.get $0)
   )
   (i64.const 3)
  )
 )
 ;; custom section "wasm-kcov", size 72
)
