;; pc 79 function 0 entry
;; pc 87 function 0 select-false
;; pc 89 function 0 select-true
;; pc 92 function 1 entry
;; pc 99 function 1 select-true
;; pc 100 function 1 select-false
;; pc 104 function 2 entry
;; pc 110 function 2 select-false
;; pc 111 function 2 select-true
;; pc 120 function 2 taken
;; pc 121 function 2 not-taken implied by 128,130
;; pc 126 function 2 select-false
;; pc 128 function 2 select-false
;; pc 130 function 2 select-true
;; pc 131 function 2 join implied by 126,132
;; pc 132 function 2 select-true
;; pc 135 function 3 entry
(module
 (type $0 (func (param i64)))
 (type $1 (func (param i32 i32) (result i32)))
 (type $2 (func (param externref externref i32) (result externref)))
 (type $3 (func (param i32 i64) (result i32)))
 (type $4 (func (param i32) (result i32)))
 (import "kcov" "__sanitizer_cov_trace_pc" (func $fimport$0 (type $0) (param i64)))
 (export "max" (func $0))
 (export "typed" (func $1))
 (export "nested" (func $2))
 (export "dead" (func $3))
 (func $0 (type $1) (param $0 i32) (param $1 i32) (result i32)
  (call $fimport$0
   (i64.const 79)
  )
  (select
   (local.get $0)
   (local.get $1)
   (if (result i32)
    (i32.gt_s
     (local.get $0)
     (local.get $1)
    )
    (then
     (call $fimport$0
      (i64.const 89)
     )
     (i32.const 1)
    )
    (else
     (call $fimport$0
      (i64.const 87)
     )
     (i32.const 0)
    )
   )
  )
 )
 (func $1 (type $2) (param $0 externref) (param $1 externref) (param $2 i32) (result externref)
  (call $fimport$0
   (i64.const 92)
  )
  (select (result externref)
   (local.get $0)
   (local.get $1)
   (if (result i32)
    (local.get $2)
    (then
     (call $fimport$0
      (i64.const 99)
     )
     (i32.const 1)
    )
    (else
     (call $fimport$0
      (i64.const 100)
     )
     (i32.const 0)
    )
   )
  )
 )
 (func $2 (type $3) (param $0 i32) (param $1 i64) (result i32)
  (local $2 i32)
  (call $fimport$0
   (i64.const 104)
  )
  (select
   (select
    (i32.const 1)
    (i32.const 2)
    (if (result i32)
     (local.get $0)
     (then
      (call $fimport$0
       (i64.const 111)
      )
      (i32.const 1)
     )
     (else
      (call $fimport$0
       (i64.const 110)
      )
      (i32.const 0)
     )
    )
   )
   (i32.const 3)
   (if (result i32)
    (block $block (result i32)
     (local.set $2
      (i32.const 0)
     )
     (if
      (local.get $0)
      (then
       (call $fimport$0
        (i64.const 120)
       )
       (br $block
        (local.get $2)
       )
      )
     )
     (drop
      (local.get $2)
     )
     (select
      (i32.const 1)
      (local.get $0)
      (if (result i32)
       (i64.eqz
        (local.get $1)
       )
       (then
        (call $fimport$0
         (i64.const 130)
        )
        (i32.const 1)
       )
       (else
        (call $fimport$0
         (i64.const 128)
        )
        (i32.const 0)
       )
      )
     )
    )
    (then
     (call $fimport$0
      (i64.const 132)
     )
     (i32.const 1)
    )
    (else
     (call $fimport$0
      (i64.const 126)
     )
     (i32.const 0)
    )
   )
  )
 )
 (func $3 (type $4) (param $0 i32) (result i32)
  (call $fimport$0
   (i64.const 135)
  )
  (unreachable)
 )
 ;; custom section "wasm-kcov", size 119
)
