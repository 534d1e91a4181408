;; pc 31 function 0 entry
;; pc 40 function 0 taken
;; pc 41 function 0 not-taken
;; pc 43 function 0 join implied by 40,41
(module
 (type $0 (func (param i64)))
 (type $1 (func (param i32) (result i32)))
 (import "kcov" "__sanitizer_cov_trace_pc" (func $fimport$0 (type $0) (param i64)))
 (export "f" (func $0))
 (func $0 (type $1) (param $0 i32) (result i32)
  (local $1 i32)
  (local $2 i32)
  (call $fimport$0
   (i64.const 31)
  )
  (block $block (result i32)
   (i32.add
    (i32.const 5)
    (block (result i32)
     (local.set $1
      (i32.const 7)
     )
     (if
      (local.get $0)
      (then
       (call $fimport$0
        (i64.const 40)
       )
       (br $block
        (local.get $1)
       )
      )
     )
     (local.set $2
      (local.get $1)
     )
     (call $fimport$0
      (i64.const 41)
     )
     (local.get $2)
    )
   )
  )
 )
 ;; custom section "wasm-kcov", size 62
)
