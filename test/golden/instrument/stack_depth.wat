;; option trace=stack-depth
(module (memory 1)
  (global $__stack_pointer (mut i32) (i32.const 65536))
  (func (export "f") (param i32)
    (local $frame i32)
    (global.set $__stack_pointer (local.tee $frame (i32.sub (global.get $__stack_pointer) (i32.const 16))))
    (i32.store (local.get $frame) (local.get 0))
    (global.set $__stack_pointer (i32.add (local.get $frame) (i32.const 16)))))
