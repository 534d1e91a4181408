;; option trace=div
(module
  (func (export "f") (param i32 i64) (result i64)
    (drop (i32.div_u (local.get 0) (i32.const 3)))
    (drop (i32.rem_u (local.get 0) (local.get 0)))
    (i64.div_s (local.get 1) (i64.extend_i32_s (i32.div_s (i32.const 7) (local.get 0))))))
