;; A command of WASI: adds up odd numbers, and with an argument ends by proc_exit; with two it traps. Its memory cannot grow.
(module
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (import "wasi_snapshot_preview1" "args_sizes_get" (func $args (param i32 i32) (result i32)))
  (memory (export "memory") 1 1)
  (func $work (param $n i32) (result i32) (local $sum i32)
    (loop $next
      (if (i32.and (local.get $n) (i32.const 1))
        (then (local.set $sum (i32.add (local.get $sum) (local.get $n)))))
      (local.set $n (i32.sub (local.get $n) (i32.const 1)))
      (br_if $next (local.get $n)))
    (local.get $sum))
  (func (export "_start")
    (drop (call $work (i32.const 1001)))
    (drop (call $args (i32.const 0) (i32.const 4)))
    (if (i32.gt_u (i32.load (i32.const 0)) (i32.const 1)) (then (unreachable)))
    (if (i32.load (i32.const 0)) (then (call $exit (i32.const 3))))))
