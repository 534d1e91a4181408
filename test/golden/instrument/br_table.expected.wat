;; pc 31 function 0 entry
;; pc 42 function 0 case
;; pc 43 function 0 case
;; pc 45 function 0 case
;; pc 46 function 0 join
;; pc 50 function 0 join
;; pc 54 function 0 join
(module
 (type $0 (func (param i64)))
 (type $1 (func (param i32) (result i32)))
 (import "kcov" "__sanitizer_cov_trace_pc" (func $fimport$0 (type $0) (param i64)))
 (export "f" (func $0))
 (func $0 (type $1) (param $0 i32) (result i32)
  (call $fimport$0
   (i64.const 31)
  )
  (block $block5
   (block $block4
    (block $block3
     (block $block2
      (block $block1
       (block $block
        (br_table $block $block1 $block $block2
         (local.get $0)
        )
       )
       (call $fimport$0
        (i64.const 42)
       )
       (br $block3)
      )
      (call $fimport$0
       (i64.const 43)
      )
      (br $block4)
     )
     (call $fimport$0
      (i64.const 45)
     )
     (br $block5)
    )
    (call $fimport$0
     (i64.const 46)
    )
    (return
     (i32.const 1)
    )
   )
   (call $fimport$0
    (i64.const 50)
   )
   (return
    (i32.const 2)
   )
  )
  (call $fimport$0
   (i64.const 54)
  )
  (i32.const 3)
 )
 ;; custom section "wasm-kcov", size 66
)
