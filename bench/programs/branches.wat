;; The loop of glue/branches.c: little more than branches, which a processor predicts.
(module
  (memory 1)
  ;; FNV-1a over the four bytes of a word
  (func $hash (param $hash i32) (param $word i32) (result i32)
    (local $bits i32)
    (loop $next
      (local.set $hash
        (i32.mul
          (i32.xor (local.get $hash) (i32.and (i32.shr_u (local.get $word) (local.get $bits)) (i32.const 255)))
          (i32.const 16777619)))
      (br_if $next (i32.ne (local.tee $bits (i32.add (local.get $bits) (i32.const 8))) (i32.const 32))))
    (local.get $hash))
  (func (export "run") (param $i i32) (result i32)
    (local $low i32) (local $hash i32) (local $word i32)
    (memory.fill (i32.const 0) (i32.const 0) (i32.const 24))
    (block $done
      (br_if $done (i32.eqz (local.get $i)))
      (loop $next
        (local.set $low (i32.and (local.get $i) (i32.const 31)))
        (if (i32.lt_u (local.get $low) (i32.const 16))
          (then (i32.store (i32.const 0) (i32.add (i32.load (i32.const 0)) (local.get $i)))))
        (if (i32.gt_u (local.get $low) (i32.const 7))
          (then (i32.store (i32.const 4) (i32.xor (i32.load (i32.const 4)) (local.get $i))))
          (else (i32.store (i32.const 8) (i32.add (i32.load (i32.const 8)) (i32.const 3)))))
        (if (i32.eq (i32.and (local.get $i) (i32.const 3)) (i32.const 3))
          (then (i32.store (i32.const 12) (i32.sub (i32.load (i32.const 12)) (local.get $i))))
          (else
            (if (i32.eq (i32.and (local.get $i) (i32.const 3)) (i32.const 1))
              (then (i32.store (i32.const 16) (i32.add (i32.load (i32.const 16)) (i32.const 5)))))))
        (if (i32.ne (i32.and (local.get $i) (i32.const 5)) (i32.const 0))
          (then (i32.store (i32.const 20) (i32.xor (i32.load (i32.const 20)) (local.get $low)))))
        (br_if $next (i32.ne (local.tee $i (i32.sub (local.get $i) (i32.const 1))) (i32.const 0)))))
    (local.set $hash (i32.const 0x811c9dc5))
    (loop $words
      (local.set $hash (call $hash (local.get $hash) (i32.load (local.get $word))))
      (br_if $words (i32.ne (local.tee $word (i32.add (local.get $word) (i32.const 4))) (i32.const 24))))
    (local.get $hash)))
