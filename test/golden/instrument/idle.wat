;; option idle=fast
;; option trace=pc,cmp
;; A function with several sites has a copy without any; one that records nothing but its entry has none. Branches out of
;; the body and what is left on the stack at its end mean the same in both copies.
(module
  (func $entry_alone (export "one") (param i32) (result i32) (i32.add (local.get 0) (i32.const 1)))
  (func $copied (export "two") (param i32) (result i32 i64)
    (block $done
      (br_if $done (i32.lt_u (local.get 0) (i32.const 7)))
      (return (i32.const 1) (i64.const 2)))
    (call $entry_alone (local.get 0))
    (i64.const 3)))
