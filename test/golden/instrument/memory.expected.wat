;; pc 41 function 0 load
;; pc 44 function 0 store
;; pc 51 function 0 load
;; pc 55 function 0 store
;; pc 63 function 0 load
(module
 (type $0 (func (param i64 i64)))
 (type $1 (func (param i32) (result i64)))
 (import "kcov" "__sanitizer_cov_load1" (func $fimport$0 (type $0) (param i64 i64)))
 (import "kcov" "__sanitizer_cov_load2" (func $fimport$1 (type $0) (param i64 i64)))
 (import "kcov" "__sanitizer_cov_load4" (func $fimport$2 (type $0) (param i64 i64)))
 (import "kcov" "__sanitizer_cov_load8" (func $fimport$3 (type $0) (param i64 i64)))
 (import "kcov" "__sanitizer_cov_load16" (func $fimport$4 (type $0) (param i64 i64)))
 (import "kcov" "__sanitizer_cov_store1" (func $fimport$5 (type $0) (param i64 i64)))
 (import "kcov" "__sanitizer_cov_store2" (func $fimport$6 (type $0) (param i64 i64)))
 (import "kcov" "__sanitizer_cov_store4" (func $fimport$7 (type $0) (param i64 i64)))
 (import "kcov" "__sanitizer_cov_store8" (func $fimport$8 (type $0) (param i64 i64)))
 (import "kcov" "__sanitizer_cov_store16" (func $fimport$9 (type $0) (param i64 i64)))
 (memory $0 1)
 (export "f" (func $0))
 (func $0 (type $1) (param $0 i32) (result i64)
  (local $1 i32)
  (local $2 i32)
  (local $3 v128)
  (local $scratch i32)
  (local $scratch_5 i32)
  (local $scratch_6 i32)
  (i32.store8 offset=3
   (local.tee $1
    (block (result i32)
     (local.set $scratch
      (local.get $0)
     )
     (call $fimport$1
      (i64.add
       (i64.extend_i32_u
        (i32.const 16)
       )
       (i64.const 8)
      )
      (i64.const 41)
     )
     (local.set $2
      (i32.load16_u offset=8
       (i32.const 16)
      )
     )
     (local.get $scratch)
    )
   )
   (block (result i32)
    (call $fimport$5
     (i64.add
      (i64.extend_i32_u
       (local.get $1)
      )
      (i64.const 3)
     )
     (i64.const 44)
    )
    (local.get $2)
   )
  )
  (v128.store
   (local.tee $1
    (block (result i32)
     (local.set $scratch_5
      (i32.const 32)
     )
     (call $fimport$0
      (i64.extend_i32_u
       (local.get $0)
      )
      (i64.const 51)
     )
     (local.set $3
      (v128.load8_splat
       (local.get $0)
      )
     )
     (local.get $scratch_5)
    )
   )
   (block (result v128)
    (call $fimport$9
     (i64.extend_i32_u
      (local.get $1)
     )
     (i64.const 55)
    )
    (local.get $3)
   )
  )
  (i64.load
   (block (result i32)
    (local.set $scratch_6
     (local.tee $0
      (i32.const 40)
     )
    )
    (call $fimport$3
     (i64.extend_i32_u
      (local.get $0)
     )
     (i64.const 63)
    )
    (local.get $scratch_6)
   )
  )
 )
 ;; custom section "wasm-kcov", size 62
)
