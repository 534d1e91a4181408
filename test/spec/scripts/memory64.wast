;; Memories and tables of 64 bits.
(module
  (memory i64 1 2)
  (func (export "at") (param i64 i64) (result i64)
    (i64.store offset=8 (local.get 0) (local.get 1)) (i64.load offset=8 (local.get 0)))
  (func (export "grow") (param i64) (result i64) (memory.grow (local.get 0)))
  (func (export "size") (result i64) (memory.size)))
(assert_return (invoke "at" (i64.const 0) (i64.const 77)) (i64.const 77))
(assert_return (invoke "at" (i64.const 65520) (i64.const 77)) (i64.const 77))
(assert_trap (invoke "at" (i64.const 65521) (i64.const 77)) "out of bounds memory access")
(assert_trap (invoke "at" (i64.const -8) (i64.const 77)) "out of bounds memory access")
(assert_return (invoke "grow" (i64.const 1)) (i64.const 1))
(assert_return (invoke "size") (i64.const 2))
