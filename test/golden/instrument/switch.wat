;; option trace=switch
;; A switch over 10, 11 and 13: the bias is undone, the hole at 12 goes to the default.
(module
  (func (export "f") (param i32) (result i32)
    (block $default (block $b (block $a
      (br_table $a $b $default $a $default (i32.sub (local.get 0) (i32.const 10))))
      (return (i32.const 1))) (return (i32.const 2)))
    (i32.const 3)))
