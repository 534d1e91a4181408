;; The condition of a select is two edges. A select of one byte lends the second pc from an operator before it.
;; option selects=true
(module
  (func (export "max") (param i32 i32) (result i32)
    (select (local.get 0) (local.get 1) (i32.gt_s (local.get 0) (local.get 1))))
  (func (export "typed") (param externref externref i32) (result externref)
    (select (result externref) (local.get 0) (local.get 1) (local.get 2)))
  (func (export "nested") (param i32 i64) (result i32)
    (select
      (select (i32.const 1) (i32.const 2) (local.get 0))
      (i32.const 3)
      (block $end (result i32)
        (drop (br_if $end (i32.const 0) (local.get 0)))
        (select (i32.const 1) (local.get 0) (i64.eqz (local.get 1))))))
  (func (export "dead") (param i32) (result i32)
    (select (unreachable) (i32.const 3) (i32.const 4))))
