;; pc 43 function 0 entry
;; pc 50 function 1 entry
;; pc 58 function 1 catch
;; pc 61 function 1 catch
;; pc 68 function 1 join
;; pc 70 function 1 join
(module
 (type $0 (func (param i32)))
 (type $1 (func (param i64)))
 (type $2 (func))
 (type $3 (func (result i32)))
 (import "kcov" "__sanitizer_cov_trace_pc" (func $fimport$0 (type $1) (param i64)))
 (tag $e (type $0) (param i32))
 (export "f" (func $1))
 (func $may_throw (type $2)
  (call $fimport$0
   (i64.const 43)
  )
  (throw $e
   (i32.const 1)
  )
 )
 (func $1 (type $3) (result i32)
  (local $0 i32)
  (call $fimport$0
   (i64.const 50)
  )
  (block $block4
   (local.set $0
    (block $block3 (result i32)
     (block $block2 (result i32)
      (block $block1
       (local.set $0
        (block $block (result i32)
         (br $block2
          (try_table (result i32) (catch $e $block) (catch_all $block1)
           (call $may_throw)
           (i32.const 0)
          )
         )
        )
       )
       (call $fimport$0
        (i64.const 58)
       )
       (br $block3
        (local.get $0)
       )
      )
      (call $fimport$0
       (i64.const 61)
      )
      (br $block4)
     )
    )
   )
   (call $fimport$0
    (i64.const 68)
   )
   (return
    (local.get $0)
   )
  )
  (call $fimport$0
   (i64.const 70)
  )
  (i32.const 9)
 )
 ;; custom section "wasm-kcov", size 70
)
