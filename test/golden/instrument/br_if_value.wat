;; A conditional branch with a value: the value is evaluated before the condition and waits for both hooks.
(module
  (func (export "f") (param i32) (result i32)
    (block $out (result i32)
      (i32.add (i32.const 5) (br_if $out (i32.const 7) (local.get 0))))))
