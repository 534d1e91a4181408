;; option level=bb
;; option prune=false
;; Basic blocks: the code behind an if has a site of its own, the missing else has none.
(module
  (func (export "f") (param i32) (result i32)
    (if (local.get 0) (then (nop)))
    (if (local.get 0) (then (nop)) (else (nop)))
    (i32.const 3)))
