;; Branches on references, taken and not taken.
(module
  (type $s (struct (field i32)))
  (func (export "f") (param (ref null $s) anyref) (result i32)
    (block $isNull
      (drop (br_on_null $isNull (local.get 0))))
    (drop (block $cast (result (ref $s))
      (drop (br_on_cast $cast anyref (ref $s) (local.get 1))) (return (i32.const 4))))
    (i32.const 5)))
