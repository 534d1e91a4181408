;; option trace=cmp
;; Constants come first; bytes and halves are compared as such; eqz of a comparison is a negation.
(module (memory 1)
  (func (export "f") (param i32 i64) (result i32)
    (drop (i32.eq (local.get 0) (i32.const 3)))
    (drop (i64.lt_s (i64.const -1) (local.get 1)))
    (drop (i32.eq (i32.load8_u (local.get 0)) (i32.const 65)))
    (drop (i32.eq (i32.load8_s (local.get 0)) (i32.extend8_s (local.get 0))))
    (drop (i32.ne (i32.and (local.get 0) (i32.const 0xffff)) (i32.const 1000)))
    (drop (i32.eq (i32.load8_u (local.get 0)) (i32.const 300)))
    (drop (i32.eqz (i32.gt_u (local.get 0) (i32.load (i32.const 0)))))
    (i64.eqz (local.get 1))))
