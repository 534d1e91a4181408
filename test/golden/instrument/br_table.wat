;; option prune=false
;; Every destination of a br_table.
(module
  (func (export "f") (param i32) (result i32)
    (block $c (block $b (block $a (br_table $a $b $a $c (local.get 0))) (return (i32.const 1))) (return (i32.const 2)))
    (i32.const 3)))
