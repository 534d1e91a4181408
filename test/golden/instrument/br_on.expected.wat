;; pc 37 function 0 entry
;; pc 42 function 0 taken
;; pc 43 function 0 not-taken
;; pc 45 function 0 join implied by 51,52
;; pc 51 function 0 taken implied by 61
;; pc 52 function 0 not-taken
;; pc 61 function 0 join
(module
 (type $s (struct (field i32)))
 (type $1 (func (param i64)))
 (type $2 (func (param (ref null $s) anyref) (result i32)))
 (import "kcov" "__sanitizer_cov_trace_pc" (func $fimport$0 (type $1) (param i64)))
 (export "f" (func $0))
 (func $0 (type $2) (param $0 (ref null $s)) (param $1 anyref) (result i32)
  (local $2 (ref $s))
  (local $3 anyref)
  (call $fimport$0
   (i64.const 37)
  )
  (block $block2
   (local.set $2
    (block $block1 (result (ref $s))
     (block $block
      (br $block1
       (br_on_null $block
        (local.get $0)
       )
      )
     )
     (call $fimport$0
      (i64.const 42)
     )
     (br $block2)
    )
   )
   (call $fimport$0
    (i64.const 43)
   )
   (drop
    (local.get $2)
   )
  )
  (local.set $2
   (block $block3 (result (ref $s))
    (local.set $3
     (br_on_cast $block3 anyref (ref $s)
      (local.get $1)
     )
    )
    (call $fimport$0
     (i64.const 52)
    )
    (drop
     (local.get $3)
    )
    (return
     (i32.const 4)
    )
   )
  )
  (call $fimport$0
   (i64.const 61)
  )
  (drop
   (local.get $2)
  )
  (i32.const 5)
 )
 ;; custom section "wasm-kcov", size 72
)
