;; pc 31 function 0 entry
;; pc 36 function 0 cmp
(module
 (type $0 (func (param i32 i32 i64)))
 (type $1 (func (param i64 i64 i64)))
 (type $2 (func (param i32) (result i32)))
 (import "kcov" "memory" (memory $mimport$0 0 65536 shared))
 (import "kcov" "cmp_area" (global $gimport$0 (mut i64)))
 (import "kcov" "pc_area" (global $gimport$1 (mut i64)))
 (export "f" (func $0))
 (func $0 (type $2) (param $0 i32) (result i32)
  (local $1 i32)
  (local $2 i32)
  (local $3 i32)
  (local $4 i32)
  (local $5 i32)
  (local $6 i64)
  (local $7 i64)
  (local.set $6
   (i64.add
    (i64.load
     (local.tee $3
      (i32.wrap_i64
       (local.tee $7
        (global.get $gimport$1)
       )
      )
     )
    )
    (i64.const 1)
   )
  )
  (local.set $1
   (local.tee $2
    (i32.wrap_i64
     (i64.shr_u
      (local.get $7)
      (i64.const 32)
     )
    )
   )
  )
  (if
   (i64.le_u
    (local.get $6)
    (i64.extend_i32_u
     (local.get $2)
    )
   )
   (then
    (i64.store
     (i32.add
      (local.get $3)
      (i32.shl
       (local.tee $1
        (i32.wrap_i64
         (local.get $6)
        )
       )
       (i32.const 3)
      )
     )
     (i64.const 31)
    )
    (i64.store
     (local.get $3)
     (local.get $6)
    )
   )
  )
  (if
   (i64.ne
    (global.get $gimport$0)
    (i64.const 4088)
   )
   (then
    (call $kcov.__sanitizer_cov_trace_const_cmp4
     (i32.const 7)
     (local.get $0)
     (i64.const 36)
    )
   )
  )
  (i32.eq
   (local.get $0)
   (i32.const 7)
  )
 )
 (func $kcov.__sanitizer_cov_trace_cmp1 (type $0) (param $0 i32) (param $1 i32) (param $2 i64)
  (local $3 i32)
  (local $4 i32)
  (local $5 i64)
  (block $block
   (br_if $block
    (i64.eq
     (local.tee $5
      (global.get $gimport$0)
     )
     (i64.const 4088)
    )
   )
   (br_if $block
    (i64.le_u
     (i64.shr_u
      (local.get $5)
      (i64.const 32)
     )
     (local.tee $5
      (i64.load
       (local.tee $4
        (i32.wrap_i64
         (local.get $5)
        )
       )
      )
     )
    )
   )
   (i64.store offset=8
    (local.tee $3
     (i32.add
      (local.get $4)
      (i32.shl
       (i32.wrap_i64
        (local.get $5)
       )
       (i32.const 5)
      )
     )
    )
    (i64.const 0)
   )
   (i64.store offset=16
    (local.get $3)
    (i64.extend_i32_u
     (i32.and
      (local.get $0)
      (i32.const 255)
     )
    )
   )
   (i64.store offset=24
    (local.get $3)
    (i64.extend_i32_u
     (i32.and
      (local.get $1)
      (i32.const 255)
     )
    )
   )
   (i64.store offset=32
    (local.get $3)
    (local.get $2)
   )
   (i64.store
    (local.get $4)
    (i64.add
     (local.get $5)
     (i64.const 1)
    )
   )
  )
 )
 (func $kcov.__sanitizer_cov_trace_cmp2 (type $0) (param $0 i32) (param $1 i32) (param $2 i64)
  (local $3 i32)
  (local $4 i32)
  (local $5 i64)
  (block $block
   (br_if $block
    (i64.eq
     (local.tee $5
      (global.get $gimport$0)
     )
     (i64.const 4088)
    )
   )
   (br_if $block
    (i64.le_u
     (i64.shr_u
      (local.get $5)
      (i64.const 32)
     )
     (local.tee $5
      (i64.load
       (local.tee $4
        (i32.wrap_i64
         (local.get $5)
        )
       )
      )
     )
    )
   )
   (i64.store offset=8
    (local.tee $3
     (i32.add
      (local.get $4)
      (i32.shl
       (i32.wrap_i64
        (local.get $5)
       )
       (i32.const 5)
      )
     )
    )
    (i64.const 2)
   )
   (i64.store offset=16
    (local.get $3)
    (i64.extend_i32_u
     (i32.and
      (local.get $0)
      (i32.const 65535)
     )
    )
   )
   (i64.store offset=24
    (local.get $3)
    (i64.extend_i32_u
     (i32.and
      (local.get $1)
      (i32.const 65535)
     )
    )
   )
   (i64.store offset=32
    (local.get $3)
    (local.get $2)
   )
   (i64.store
    (local.get $4)
    (i64.add
     (local.get $5)
     (i64.const 1)
    )
   )
  )
 )
 (func $kcov.__sanitizer_cov_trace_cmp4 (type $0) (param $0 i32) (param $1 i32) (param $2 i64)
  (local $3 i32)
  (local $4 i32)
  (local $5 i64)
  (block $block
   (br_if $block
    (i64.eq
     (local.tee $5
      (global.get $gimport$0)
     )
     (i64.const 4088)
    )
   )
   (br_if $block
    (i64.le_u
     (i64.shr_u
      (local.get $5)
      (i64.const 32)
     )
     (local.tee $5
      (i64.load
       (local.tee $4
        (i32.wrap_i64
         (local.get $5)
        )
       )
      )
     )
    )
   )
   (i64.store offset=8
    (local.tee $3
     (i32.add
      (local.get $4)
      (i32.shl
       (i32.wrap_i64
        (local.get $5)
       )
       (i32.const 5)
      )
     )
    )
    (i64.const 4)
   )
   (i64.store offset=16
    (local.get $3)
    (i64.extend_i32_u
     (local.get $0)
    )
   )
   (i64.store offset=24
    (local.get $3)
    (i64.extend_i32_u
     (local.get $1)
    )
   )
   (i64.store offset=32
    (local.get $3)
    (local.get $2)
   )
   (i64.store
    (local.get $4)
    (i64.add
     (local.get $5)
     (i64.const 1)
    )
   )
  )
 )
 (func $kcov.__sanitizer_cov_trace_cmp8 (type $1) (param $0 i64) (param $1 i64) (param $2 i64)
  (local $3 i32)
  (local $4 i32)
  (local $5 i64)
  (block $block
   (br_if $block
    (i64.eq
     (local.tee $5
      (global.get $gimport$0)
     )
     (i64.const 4088)
    )
   )
   (br_if $block
    (i64.le_u
     (i64.shr_u
      (local.get $5)
      (i64.const 32)
     )
     (local.tee $5
      (i64.load
       (local.tee $4
        (i32.wrap_i64
         (local.get $5)
        )
       )
      )
     )
    )
   )
   (i64.store offset=8
    (local.tee $3
     (i32.add
      (local.get $4)
      (i32.shl
       (i32.wrap_i64
        (local.get $5)
       )
       (i32.const 5)
      )
     )
    )
    (i64.const 6)
   )
   (i64.store offset=16
    (local.get $3)
    (local.get $0)
   )
   (i64.store offset=24
    (local.get $3)
    (local.get $1)
   )
   (i64.store offset=32
    (local.get $3)
    (local.get $2)
   )
   (i64.store
    (local.get $4)
    (i64.add
     (local.get $5)
     (i64.const 1)
    )
   )
  )
 )
 (func $kcov.__sanitizer_cov_trace_const_cmp1 (type $0) (param $0 i32) (param $1 i32) (param $2 i64)
  (local $3 i32)
  (local $4 i32)
  (local $5 i64)
  (block $block
   (br_if $block
    (i64.eq
     (local.tee $5
      (global.get $gimport$0)
     )
     (i64.const 4088)
    )
   )
   (br_if $block
    (i64.le_u
     (i64.shr_u
      (local.get $5)
      (i64.const 32)
     )
     (local.tee $5
      (i64.load
       (local.tee $4
        (i32.wrap_i64
         (local.get $5)
        )
       )
      )
     )
    )
   )
   (i64.store offset=8
    (local.tee $3
     (i32.add
      (local.get $4)
      (i32.shl
       (i32.wrap_i64
        (local.get $5)
       )
       (i32.const 5)
      )
     )
    )
    (i64.const 1)
   )
   (i64.store offset=16
    (local.get $3)
    (i64.extend_i32_u
     (i32.and
      (local.get $0)
      (i32.const 255)
     )
    )
   )
   (i64.store offset=24
    (local.get $3)
    (i64.extend_i32_u
     (i32.and
      (local.get $1)
      (i32.const 255)
     )
    )
   )
   (i64.store offset=32
    (local.get $3)
    (local.get $2)
   )
   (i64.store
    (local.get $4)
    (i64.add
     (local.get $5)
     (i64.const 1)
    )
   )
  )
 )
 (func $kcov.__sanitizer_cov_trace_const_cmp2 (type $0) (param $0 i32) (param $1 i32) (param $2 i64)
  (local $3 i32)
  (local $4 i32)
  (local $5 i64)
  (block $block
   (br_if $block
    (i64.eq
     (local.tee $5
      (global.get $gimport$0)
     )
     (i64.const 4088)
    )
   )
   (br_if $block
    (i64.le_u
     (i64.shr_u
      (local.get $5)
      (i64.const 32)
     )
     (local.tee $5
      (i64.load
       (local.tee $4
        (i32.wrap_i64
         (local.get $5)
        )
       )
      )
     )
    )
   )
   (i64.store offset=8
    (local.tee $3
     (i32.add
      (local.get $4)
      (i32.shl
       (i32.wrap_i64
        (local.get $5)
       )
       (i32.const 5)
      )
     )
    )
    (i64.const 3)
   )
   (i64.store offset=16
    (local.get $3)
    (i64.extend_i32_u
     (i32.and
      (local.get $0)
      (i32.const 65535)
     )
    )
   )
   (i64.store offset=24
    (local.get $3)
    (i64.extend_i32_u
     (i32.and
      (local.get $1)
      (i32.const 65535)
     )
    )
   )
   (i64.store offset=32
    (local.get $3)
    (local.get $2)
   )
   (i64.store
    (local.get $4)
    (i64.add
     (local.get $5)
     (i64.const 1)
    )
   )
  )
 )
 (func $kcov.__sanitizer_cov_trace_const_cmp4 (type $0) (param $0 i32) (param $1 i32) (param $2 i64)
  (local $3 i32)
  (local $4 i32)
  (local $5 i64)
  (block $block
   (br_if $block
    (i64.eq
     (local.tee $5
      (global.get $gimport$0)
     )
     (i64.const 4088)
    )
   )
   (br_if $block
    (i64.le_u
     (i64.shr_u
      (local.get $5)
      (i64.const 32)
     )
     (local.tee $5
      (i64.load
       (local.tee $4
        (i32.wrap_i64
         (local.get $5)
        )
       )
      )
     )
    )
   )
   (i64.store offset=8
    (local.tee $3
     (i32.add
      (local.get $4)
      (i32.shl
       (i32.wrap_i64
        (local.get $5)
       )
       (i32.const 5)
      )
     )
    )
    (i64.const 5)
   )
   (i64.store offset=16
    (local.get $3)
    (i64.extend_i32_u
     (local.get $0)
    )
   )
   (i64.store offset=24
    (local.get $3)
    (i64.extend_i32_u
     (local.get $1)
    )
   )
   (i64.store offset=32
    (local.get $3)
    (local.get $2)
   )
   (i64.store
    (local.get $4)
    (i64.add
     (local.get $5)
     (i64.const 1)
    )
   )
  )
 )
 (func $kcov.__sanitizer_cov_trace_const_cmp8 (type $1) (param $0 i64) (param $1 i64) (param $2 i64)
  (local $3 i32)
  (local $4 i32)
  (local $5 i64)
  (block $block
   (br_if $block
    (i64.eq
     (local.tee $5
      (global.get $gimport$0)
     )
     (i64.const 4088)
    )
   )
   (br_if $block
    (i64.le_u
     (i64.shr_u
      (local.get $5)
      (i64.const 32)
     )
     (local.tee $5
      (i64.load
       (local.tee $4
        (i32.wrap_i64
         (local.get $5)
        )
       )
      )
     )
    )
   )
   (i64.store offset=8
    (local.tee $3
     (i32.add
      (local.get $4)
      (i32.shl
       (i32.wrap_i64
        (local.get $5)
       )
       (i32.const 5)
      )
     )
    )
    (i64.const 7)
   )
   (i64.store offset=16
    (local.get $3)
    (local.get $0)
   )
   (i64.store offset=24
    (local.get $3)
    (local.get $1)
   )
   (i64.store offset=32
    (local.get $3)
    (local.get $2)
   )
   (i64.store
    (local.get $4)
    (i64.add
     (local.get $5)
     (i64.const 1)
    )
   )
  )
 )
 ;; custom section "wasm-kcov", size 53
)
