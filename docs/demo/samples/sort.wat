;; Sorts random numbers in three ways. Watch which of their branches light up.
(module
  (memory (export "memory") 16)
  (global $random (mut i32) (i32.const 1))

  (func $next (result i32)
    (global.set $random (i32.add (i32.mul (global.get $random) (i32.const 1103515245)) (i32.const 12345)))
    (i32.and (i32.shr_u (global.get $random) (i32.const 8)) (i32.const 0xffff)))

  (func $address (param $index i32) (result i32) (i32.shl (local.get $index) (i32.const 2)))
  (func $get (param $index i32) (result i32) (i32.load (call $address (local.get $index))))
  (func $set (param $index i32) (param $value i32) (i32.store (call $address (local.get $index)) (local.get $value)))

  (func $swap (param $a i32) (param $b i32) (local $kept i32)
    (local.set $kept (call $get (local.get $a)))
    (call $set (local.get $a) (call $get (local.get $b)))
    (call $set (local.get $b) (local.get $kept)))

  (func $shuffle (param $count i32) (param $seed i32) (local $k i32)
    (global.set $random (local.get $seed))
    (loop $more
      (if (i32.lt_u (local.get $k) (local.get $count))
        (then
          (call $set (local.get $k) (call $next))
          (local.set $k (i32.add (local.get $k) (i32.const 1)))
          (br $more)))))

  (func $insertion (param $from i32) (param $to i32) (local $k i32) (local $j i32)
    (local.set $k (i32.add (local.get $from) (i32.const 1)))
    (loop $outer
      (if (i32.le_s (local.get $k) (local.get $to))
        (then
          (local.set $j (local.get $k))
          (block $placed
            (loop $inner
              (br_if $placed (i32.le_s (local.get $j) (local.get $from)))
              (br_if $placed
                (i32.le_u (call $get (i32.sub (local.get $j) (i32.const 1))) (call $get (local.get $j))))
              (call $swap (local.get $j) (i32.sub (local.get $j) (i32.const 1)))
              (local.set $j (i32.sub (local.get $j) (i32.const 1)))
              (br $inner)))
          (local.set $k (i32.add (local.get $k) (i32.const 1)))
          (br $outer)))))

  (func $quick (param $from i32) (param $to i32) (local $pivot i32) (local $low i32) (local $high i32)
    (if (i32.lt_s (i32.sub (local.get $to) (local.get $from)) (i32.const 12))
      (then (call $insertion (local.get $from) (local.get $to)) (return)))
    (local.set $pivot (call $get (i32.shr_u (i32.add (local.get $from) (local.get $to)) (i32.const 1))))
    (local.set $low (local.get $from))
    (local.set $high (local.get $to))
    (loop $partition
      (loop $up
        (if (i32.lt_u (call $get (local.get $low)) (local.get $pivot))
          (then (local.set $low (i32.add (local.get $low) (i32.const 1))) (br $up))))
      (loop $down
        (if (i32.gt_u (call $get (local.get $high)) (local.get $pivot))
          (then (local.set $high (i32.sub (local.get $high) (i32.const 1))) (br $down))))
      (if (i32.le_s (local.get $low) (local.get $high))
        (then
          (call $swap (local.get $low) (local.get $high))
          (local.set $low (i32.add (local.get $low) (i32.const 1)))
          (local.set $high (i32.sub (local.get $high) (i32.const 1)))
          (br $partition))))
    (call $quick (local.get $from) (local.get $high))
    (call $quick (local.get $low) (local.get $to)))

  (func $sift (param $root i32) (param $count i32) (local $child i32)
    (loop $down
      (local.set $child (i32.add (i32.shl (local.get $root) (i32.const 1)) (i32.const 1)))
      (if (i32.lt_u (local.get $child) (local.get $count))
        (then
          (if (i32.lt_u (i32.add (local.get $child) (i32.const 1)) (local.get $count))
            (then
              (if (i32.lt_u (call $get (local.get $child)) (call $get (i32.add (local.get $child) (i32.const 1))))
                (then (local.set $child (i32.add (local.get $child) (i32.const 1)))))))
          (if (i32.lt_u (call $get (local.get $root)) (call $get (local.get $child)))
            (then
              (call $swap (local.get $root) (local.get $child))
              (local.set $root (local.get $child))
              (br $down)))))))

  (func $heap (param $count i32) (local $k i32)
    (local.set $k (i32.shr_u (local.get $count) (i32.const 1)))
    (loop $build
      (if (local.get $k)
        (then
          (local.set $k (i32.sub (local.get $k) (i32.const 1)))
          (call $sift (local.get $k) (local.get $count))
          (br $build))))
    (local.set $k (local.get $count))
    (loop $take
      (if (i32.gt_u (local.get $k) (i32.const 1))
        (then
          (local.set $k (i32.sub (local.get $k) (i32.const 1)))
          (call $swap (i32.const 0) (local.get $k))
          (call $sift (i32.const 0) (local.get $k))
          (br $take)))))

  (func $is_sorted (param $count i32) (result i32) (local $k i32)
    (local.set $k (i32.const 1))
    (loop $more
      (if (i32.lt_u (local.get $k) (local.get $count))
        (then
          (if (i32.gt_u (call $get (i32.sub (local.get $k) (i32.const 1))) (call $get (local.get $k)))
            (then (return (i32.const 0))))
          (local.set $k (i32.add (local.get $k) (i32.const 1)))
          (br $more))))
    (i32.const 1))

  (func (export "insertion_sort") (param $count i32) (param $seed i32) (result i32)
    (call $shuffle (local.get $count) (local.get $seed))
    (call $insertion (i32.const 0) (i32.sub (local.get $count) (i32.const 1)))
    (call $is_sorted (local.get $count)))

  (func (export "quick_sort") (param $count i32) (param $seed i32) (result i32)
    (call $shuffle (local.get $count) (local.get $seed))
    (call $quick (i32.const 0) (i32.sub (local.get $count) (i32.const 1)))
    (call $is_sorted (local.get $count)))

  (func (export "heap_sort") (param $count i32) (param $seed i32) (result i32)
    (call $shuffle (local.get $count) (local.get $seed))
    (call $heap (local.get $count))
    (call $is_sorted (local.get $count))))
