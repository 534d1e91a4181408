;; option trace=loads,stores
(module (memory 1)
  (func (export "f") (param i32) (result i64)
    (i32.store8 offset=3 (local.get 0) (i32.load16_u offset=8 (i32.const 16)))
    (v128.store (i32.const 32) (v128.load8_splat (local.get 0)))
    (i64.load (local.tee 0 (i32.const 40)))))
