;; pc 43 function 0 switch
(module
 (type $0 (func (param i64 i64 i64 i64 i64)))
 (type $1 (func (param i32) (result i32)))
 (import "kcov" "__sanitizer_cov_trace_switch_range" (func $fimport$0 (type $0) (param i64 i64 i64 i64 i64)))
 (export "f" (func $0))
 (func $0 (type $1) (param $0 i32) (result i32)
  (local $1 i32)
  (local $2 i32)
  (local $3 i64)
  (local $4 i64)
  (local $scratch i32)
  (block $block2
   (block $block1
    (block $block
     (br_table $block $block1 $block2 $block $block2
      (block (result i32)
       (local.set $scratch
        (local.tee $1
         (i32.sub
          (local.get $0)
          (i32.const 10)
         )
        )
       )
       (local.set $4
        (i64.extend_i32_u
         (i32.add
          (local.get $1)
          (i32.const 10)
         )
        )
       )
       (call $fimport$0
        (local.get $4)
        (i64.const 10)
        (i64.const 2)
        (i64.const 5)
        (i64.const 43)
       )
       (call $fimport$0
        (local.get $4)
        (i64.const 13)
        (i64.const 1)
        (i64.const 5)
        (i64.const 43)
       )
       (local.get $scratch)
      )
     )
    )
    (return
     (i32.const 1)
    )
   )
   (return
    (i32.const 2)
   )
  )
  (i32.const 3)
 )
 ;; custom section "wasm-kcov", size 50
)
