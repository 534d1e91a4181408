;; Handlers of the old exceptions: the caught value stays the first thing that a handler evaluates.
(module
  (tag $e (param i32))
  (func $may_throw (throw $e (i32.const 1)))
  (func (export "f") (result i32)
    (try $outer (result i32)
      (do (try (result i32) (do (call $may_throw) (i32.const 0)) (delegate $outer)))
      (catch $e (drop (pop i32)) (i32.const 2))
      (catch_all (rethrow $outer)))))
