;; pc 42 function 0 cmp
;; pc 48 function 0 cmp
;; pc 58 function 0 cmp
;; pc 68 function 0 cmp
;; pc 80 function 0 cmp
;; pc 90 function 0 cmp
;; pc 99 function 0 cmp
;; pc 104 function 0 cmp
(module
 (type $0 (func (param i32 i32 i64)))
 (type $1 (func (param i64 i64 i64)))
 (type $2 (func (param i32 i64) (result i32)))
 (import "kcov" "__sanitizer_cov_trace_cmp1" (func $fimport$0 (type $0) (param i32 i32 i64)))
 (import "kcov" "__sanitizer_cov_trace_cmp2" (func $fimport$1 (type $0) (param i32 i32 i64)))
 (import "kcov" "__sanitizer_cov_trace_cmp4" (func $fimport$2 (type $0) (param i32 i32 i64)))
 (import "kcov" "__sanitizer_cov_trace_cmp8" (func $fimport$3 (type $1) (param i64 i64 i64)))
 (import "kcov" "__sanitizer_cov_trace_const_cmp1" (func $fimport$4 (type $0) (param i32 i32 i64)))
 (import "kcov" "__sanitizer_cov_trace_const_cmp2" (func $fimport$5 (type $0) (param i32 i32 i64)))
 (import "kcov" "__sanitizer_cov_trace_const_cmp4" (func $fimport$6 (type $0) (param i32 i32 i64)))
 (import "kcov" "__sanitizer_cov_trace_const_cmp8" (func $fimport$7 (type $1) (param i64 i64 i64)))
 (memory $0 1)
 (export "f" (func $0))
 (func $0 (type $2) (param $0 i32) (param $1 i64) (result i32)
  (local $2 i32)
  (local $3 i32)
  (local $4 i64)
  (local $5 i64)
  (local $scratch i32)
  (local $scratch_7 i32)
  (call $fimport$6
   (i32.const 3)
   (local.get $0)
   (i64.const 42)
  )
  (drop
   (i32.eq
    (local.get $0)
    (i32.const 3)
   )
  )
  (drop
   (i64.lt_s
    (i64.const -1)
    (block (result i64)
     (call $fimport$7
      (i64.const -1)
      (local.get $1)
      (i64.const 48)
     )
     (local.get $1)
    )
   )
  )
  (drop
   (i32.eq
    (local.tee $2
     (i32.load8_u
      (local.get $0)
     )
    )
    (block (result i32)
     (call $fimport$4
      (i32.const 65)
      (local.get $2)
      (i64.const 58)
     )
     (i32.const 65)
    )
   )
  )
  (drop
   (i32.eq
    (local.tee $2
     (block (result i32)
      (local.set $scratch
       (i32.load8_s
        (local.get $0)
       )
      )
      (local.set $3
       (i32.extend8_s
        (local.get $0)
       )
      )
      (local.get $scratch)
     )
    )
    (block (result i32)
     (call $fimport$0
      (local.get $2)
      (local.get $3)
      (i64.const 68)
     )
     (local.get $3)
    )
   )
  )
  (drop
   (i32.ne
    (local.tee $2
     (i32.and
      (local.get $0)
      (i32.const 65535)
     )
    )
    (block (result i32)
     (call $fimport$5
      (i32.const 1000)
      (local.get $2)
      (i64.const 80)
     )
     (i32.const 1000)
    )
   )
  )
  (drop
   (i32.eq
    (local.tee $2
     (i32.load8_u
      (local.get $0)
     )
    )
    (block (result i32)
     (call $fimport$5
      (i32.const 300)
      (local.get $2)
      (i64.const 90)
     )
     (i32.const 300)
    )
   )
  )
  (drop
   (i32.eqz
    (i32.gt_u
     (local.tee $2
      (block (result i32)
       (local.set $scratch_7
        (local.get $0)
       )
       (local.set $3
        (i32.load
         (i32.const 0)
        )
       )
       (local.get $scratch_7)
      )
     )
     (block (result i32)
      (call $fimport$2
       (local.get $2)
       (local.get $3)
       (i64.const 99)
      )
      (local.get $3)
     )
    )
   )
  )
  (call $fimport$7
   (i64.const 0)
   (local.get $1)
   (i64.const 104)
  )
  (i64.eqz
   (local.get $1)
  )
 )
 ;; custom section "wasm-kcov", size 63
)
