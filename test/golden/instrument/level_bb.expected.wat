;; pc 31 function 0 entry
;; pc 34 function 0 then
;; pc 35 function 0 else
;; pc 37 function 0 endif
;; pc 40 function 0 then
;; pc 41 function 0 else
;; pc 45 function 0 endif
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
  (call $fimport$0
   (i64.const 37)
  )
  (if
   (local.get $0)
   (then
    (call $fimport$0
     (i64.const 40)
    )
    (nop)
   )
   (else
    (call $fimport$0
     (i64.const 41)
    )
    (nop)
   )
  )
  (call $fimport$0
   (i64.const 45)
  )
  (i32.const 3)
 )
 ;; custom section "wasm-kcov", size 71
)
