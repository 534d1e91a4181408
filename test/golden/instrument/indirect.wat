;; option trace=indirect-calls
;; A call leaves its pc in a global, the callee takes it and reports itself.
(module
  (type $f (func (param i32) (result i32)))
  (table 2 funcref) (elem (i32.const 0) $double $double)
  (func $double (param i32) (result i32) (i32.add (local.get 0) (local.get 0)))
  (func $unreachable_by_calls (param i32))
  (func (export "f") (param i32) (result i32)
    (call $unreachable_by_calls (local.get 0))
    (call_indirect (type $f) (i32.const 21) (local.get 0))))
