;; What is added so that an instance can be put back into an earlier state.
;; option state=memory
;; option trace=counters
(module
  (memory 1 4)
  (table $table 1 funcref)
  (global $hidden (mut i64) (i64.const 5))
  (func $stores (param $at i32) (result i32)
    (i32.store offset=8 (local.get $at) (i32.const 1))
    (i32.store8 (i32.add (local.get $at) (i32.const 1)) (memory.size))
    (memory.fill (local.get $at) (i32.const 0) (i32.const 16))
    (table.set $table (i32.const 0) (table.get $table (i32.const 0)))
    (i32.atomic.rmw.add (local.get $at) (memory.grow (i32.const 1)))))
