;; option prune=false
;; The clauses of a try_table go to their labels by way of a hook.
(module
  (tag $e (param i32))
  (func $may_throw (throw $e (i32.const 1)))
  (func (export "f") (result i32)
    (block $all
      (return
        (block $caught (result i32)
          (try_table (result i32) (catch $e $caught) (catch_all $all) (call $may_throw) (i32.const 0)))))
    (i32.const 9)))
