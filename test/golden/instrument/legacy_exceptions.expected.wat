;; pc 43 function 0 entry
;; pc 50 function 1 entry
;; pc 61 function 1 catch
;; pc 66 function 1 catch
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
  (try $label (result i32)
   (do
    (try (result i32)
     (do
      (call $may_throw)
      (i32.const 0)
     )
     (delegate $label)
    )
   )
   (catch $e
    (local.set $0
     (pop i32)
    )
    (call $fimport$0
     (i64.const 61)
    )
    (drop
     (local.get $0)
    )
    (i32.const 2)
   )
   (catch_all
    (call $fimport$0
     (i64.const 66)
    )
    (rethrow $label)
   )
  )
 )
 ;; custom section "wasm-kcov", size 68
)
