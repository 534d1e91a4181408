;; pc 31 function 0 entry
;; pc 34 function 0 then
;; pc 35 function 0 else
;; pc 40 function 0 then
;; pc 41 function 0 else
(module
 (type $0 (func (param i64)))
 (type $1 (func (param i32) (result i32)))
 (import "kcov" "__sanitizer_cov_trace_pc" (func $fimport$0 (type $0) (param i64)))
 (export "f" (func $0))
 (func $0 (type $1) (param $0 i32) (result i32)
  (call $fimport$0
   (i64.const 31)
  )
  (if
   (local.get $0)
   (then
    (call $fimport$0
     (i64.const 34)
    )
    (nop)
   )
   (else
    (call $fimport$0
     (i64.const 35)
    )
   )
  )
  (if (result i32)
   (local.get $0)
   (then
    (call $fimport$0
     (i64.const 40)
    )
    (i32.const 1)
   )
   (else
    (call $fimport$0
     (i64.const 41)
    )
    (i32.const 2)
   )
  )
 )
 ;; custom section "wasm-kcov", size 65
)
