;; pc 55 function 0 stack-depth
(module
 (type $0 (func (param i64 i64)))
 (type $1 (func (param i32)))
 (import "kcov" "__sanitizer_cov_stack_depth" (func $fimport$0 (type $0) (param i64 i64)))
 (global $__stack_pointer (mut i32) (i32.const 65536))
 (memory $0 1)
 (export "f" (func $0))
 (func $0 (type $1) (param $0 i32)
  (local $frame i32)
  (local $2 i32)
  (local $3 i32)
  (global.set $__stack_pointer
   (local.tee $frame
    (i32.sub
     (global.get $__stack_pointer)
     (i32.const 16)
    )
   )
  )
  (call $fimport$0
   (i64.extend_i32_u
    (local.get $frame)
   )
   (i64.const 55)
  )
  (i32.store
   (local.get $frame)
   (local.get $0)
  )
  (global.set $__stack_pointer
   (i32.add
    (local.get $frame)
    (i32.const 16)
   )
  )
 )
 ;; custom section "wasm-kcov", size 51
)
