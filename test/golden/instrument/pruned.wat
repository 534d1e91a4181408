;; Pruning keeps the entry and what no other site implies; a call may not return, so nothing is implied across it.
(module
  (import "env" "call" (func $call))
  (func (export "f") (param i32)
    (block $out
      (if (local.get 0) (then (call $call)) (else (nop)))
      (br_if $out (local.get 0))
      (call $call))))
