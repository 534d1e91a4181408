;; pc 38 function 0 entry
;; pc 47 function 1 entry
(module
 (type $0 (func (param i64)))
 (type $1 (func (param i32)))
 (type $2 (func))
 (import "kcov" "__sanitizer_cov_trace_pc" (func $fimport$0 (type $0) (param i64)))
 (export "f" (func $0))
 (export "g" (func $1))
 (func $0 (type $1) (param $0 i32)
  (call $fimport$0
   (i64.const 38)
  )
  (if
   (local.get $0)
   (then
    (nop)
   )
  )
 )
 (func $1 (type $2)
  (call $fimport$0
   (i64.const 47)
  )
 )
 ;; custom section "wasm-kcov", size 60
)
