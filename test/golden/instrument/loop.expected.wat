;; pc 30 function 0 entry
;; pc 31 function 0 loop implied by 42,43
;; pc 42 function 0 taken
;; pc 43 function 0 not-taken
(module
 (type $0 (func (param i64)))
 (type $1 (func (param i32)))
 (import "kcov" "__sanitizer_cov_trace_pc" (func $fimport$0 (type $0) (param i64)))
 (export "f" (func $0))
 (func $0 (type $1) (param $0 i32)
  (call $fimport$0
   (i64.const 30)
  )
  (loop $label
   (local.set $0
    (i32.sub
     (local.get $0)
     (i32.const 1)
    )
   )
   (if
    (local.get $0)
    (then
     (call $fimport$0
      (i64.const 42)
     )
     (br $label)
    )
   )
   (call $fimport$0
    (i64.const 43)
   )
  )
 )
 ;; custom section "wasm-kcov", size 59
)
