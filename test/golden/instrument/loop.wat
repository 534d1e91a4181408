;; A loop's header, and the branch back.
(module
  (func (export "f") (param i32)
    (loop $again
      (local.set 0 (i32.sub (local.get 0) (i32.const 1)))
      (br_if $again (local.get 0)))))
