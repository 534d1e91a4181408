;; pc 51 function 0 div
;; pc 53 function 0 div
(module
 (type $0 (func (param i32 i64)))
 (type $1 (func (param i64 i64)))
 (type $2 (func (param i32 i64) (result i64)))
 (import "kcov" "__sanitizer_cov_trace_div4" (func $fimport$0 (type $0) (param i32 i64)))
 (import "kcov" "__sanitizer_cov_trace_div8" (func $fimport$1 (type $1) (param i64 i64)))
 (export "f" (func $0))
 (func $0 (type $2) (param $0 i32) (param $1 i64) (result i64)
  (local $2 i32)
  (local $3 i32)
  (local $4 i64)
  (local $5 i64)
  (local $scratch i64)
  (drop
   (i32.div_u
    (local.get $0)
    (i32.const 3)
   )
  )
  (drop
   (i32.rem_u
    (local.get $0)
    (local.get $0)
   )
  )
  (i64.div_s
   (local.get $1)
   (block (result i64)
    (local.set $scratch
     (local.tee $4
      (i64.extend_i32_s
       (i32.div_s
        (i32.const 7)
        (block (result i32)
         (call $fimport$0
          (local.get $0)
          (i64.const 51)
         )
         (local.get $0)
        )
       )
      )
     )
    )
    (call $fimport$1
     (local.get $4)
     (i64.const 53)
    )
    (local.get $scratch)
   )
  )
 )
 ;; custom section "wasm-kcov", size 51
)
