;; option link=fused
;; option trace=pc,cmp
;; The hook of a PC is copied, that of a comparison called behind a copy of its first test.
(module (func (export "f") (param i32) (result i32) (i32.eq (local.get 0) (i32.const 7))))
