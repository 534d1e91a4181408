;; A parser of lines "key=value": counts the pairs. A value that begins with "!crash" reaches a trap.
(module
  (memory (export "memory") 4)
  (func $is_name (param $c i32) (result i32)
    (i32.and
      (i32.ge_u (local.get $c) (i32.const 97))
      (i32.le_u (local.get $c) (i32.const 122))))

  (func $value (param $at i32) (param $end i32)
    (if (i32.lt_u (i32.sub (local.get $end) (local.get $at)) (i32.const 4)) (then (return)))
    (if (i32.eq (i32.load (local.get $at)) (i32.const 0x61726321)) (then (unreachable))))

  (func $parse (export "parse") (param $at i32) (param $bytes i32) (result i32)
    (local $end i32) (local $pairs i32) (local $c i32)
    (local.set $end (i32.add (local.get $at) (local.get $bytes)))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $at) (local.get $end)))
        (local.set $c (i32.load8_u (local.get $at)))
        (local.set $at (i32.add (local.get $at) (i32.const 1)))
        (if (i32.eq (local.get $c) (i32.const 61))
          (then
            (local.set $pairs (i32.add (local.get $pairs) (i32.const 1)))
            (call $value (local.get $at) (local.get $end)))
          (else
            (br_if $next (call $is_name (local.get $c)))))
        (br $next)))
    (local.get $pairs))

  (func (export "malloc") (param $bytes i32) (result i32) (i32.const 65536))

  (func (export "LLVMFuzzerTestOneInput") (param $data i32) (param $size i32) (result i32)
    (drop (call $parse (local.get $data) (local.get $size)))
    (i32.const 0)))
