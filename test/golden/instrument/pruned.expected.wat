;; pc 47 function 1 entry
;; pc 52 function 1 then
;; pc 53 function 1 else
;; pc 61 function 1 taken
;; pc 62 function 1 not-taken
;; pc 65 function 1 join
(module
 (type $0 (func))
 (type $1 (func (param i64)))
 (type $2 (func (param i32)))
 (import "env" "call" (func $call (type $0)))
 (import "kcov" "__sanitizer_cov_trace_pc" (func $fimport$1 (type $1) (param i64)))
 (export "f" (func $0))
 (func $0 (type $2) (param $0 i32)
  (call $fimport$1
   (i64.const 47)
  )
  (block $block
   (if
    (local.get $0)
    (then
     (call $fimport$1
      (i64.const 52)
     )
     (call $call)
    )
    (else
     (call $fimport$1
      (i64.const 53)
     )
     (nop)
    )
   )
   (if
    (local.get $0)
    (then
     (call $fimport$1
      (i64.const 61)
     )
     (br $block)
    )
   )
   (call $fimport$1
    (i64.const 62)
   )
   (call $call)
  )
  (call $fimport$1
   (i64.const 65)
  )
 )
 ;; custom section "wasm-kcov", size 66
)
