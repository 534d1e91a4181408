;; Several memories of the module's own, beside the device's.
(module
  (memory $a 1) (memory $b 1 1) (data (memory $b) (i32.const 3) "\2a")
  (func (export "load") (param i32) (result i32) (i32.load8_u $b (local.get 0)))
  (func (export "copy") (param i32) (result i32)
    (memory.copy $a $b (local.get 0) (i32.const 0) (i32.const 8)) (i32.load8_u $a offset=3 (local.get 0)))
  (func (export "grow") (result i32) (memory.grow $b (i32.const 1)))
  (func (export "sizes") (result i32 i32) (memory.size $a) (memory.size $b)))
(assert_return (invoke "load" (i32.const 3)) (i32.const 42))
(assert_trap (invoke "load" (i32.const 65536)) "out of bounds memory access")
(assert_return (invoke "copy" (i32.const 100)) (i32.const 42))
(assert_return (invoke "grow") (i32.const -1))
(assert_return (invoke "sizes") (i32.const 1) (i32.const 1))
