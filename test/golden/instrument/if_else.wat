;; Both arms of an if, the missing else included.
(module
  (func (export "f") (param i32) (result i32)
    (if (local.get 0) (then (nop)))
    (if (result i32) (local.get 0) (then (i32.const 1)) (else (i32.const 2)))))
