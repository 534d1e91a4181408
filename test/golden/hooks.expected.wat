(module
 (type $0 (func (param i64 i64)))
 (type $1 (func (param i32 i32 i64)))
 (type $2 (func (param i32)))
 (type $3 (func (param i64)))
 (type $4 (func (param i32 i64)))
 (type $5 (func (param i64 i64 i64)))
 (type $6 (func (param i32 i32 i32 i32 i32 i32) (result i32)))
 (type $7 (func))
 (type $8 (func (param i64 i64 i64 i64 i64)))
 (type $9 (func (param i64 i32 i64)))
 (type $10 (func (param i64) (result i64)))
 (type $11 (func (param i32 i32 i64 i64 i32 i32) (result i32)))
 (type $12 (func (param i32 i32) (result i64)))
 (type $13 (func (param i32 i32 i32)))
 (type $14 (func (param i32 i32)))
 (import "env" "memory" (memory $0 1 65536 shared))
 (import "kcov" "pc_area" (global $assembly/kcov/pc_area (mut i64)))
 (import "kcov" "slide" (global $assembly/kcov/slide i64))
 (import "kcov" "mode" (global $assembly/kcov/mode (mut i32)))
 (import "kcov" "area" (global $assembly/kcov/area (mut i32)))
 (import "kcov" "size" (global $assembly/kcov/size (mut i32)))
 (import "kcov" "frame" (global $assembly/kcov/frame (mut i64)))
 (import "kcov" "bitmap" (global $assembly/kcov/bitmap (mut i32)))
 (import "kcov" "cmp_area" (global $assembly/kcov/cmp_area (mut i64)))
 (global $assembly/counters/held (mut i32) (i32.const 0))
 (global $assembly/cursor/base (mut i32) (i32.const 0))
 (global $assembly/cursor/capacity (mut i32) (i32.const 0))
 (global $assembly/cursor/count (mut i32) (i32.const 0))
 (export "__kcov_held_counter_load" (func $assembly/counters/__kcov_held_counter_load))
 (export "__kcov_held_counter_step" (func $assembly/counters/__kcov_held_counter_step))
 (export "__sanitizer_cov_8bit_counter" (func $assembly/counters/__sanitizer_cov_8bit_counter))
 (export "__sanitizer_cov_64bit_counter" (func $assembly/counters/__sanitizer_cov_64bit_counter))
 (export "__sanitizer_cov_64bit_flag" (func $assembly/counters/__sanitizer_cov_64bit_flag))
 (export "__sanitizer_cov_bool_flag" (func $assembly/counters/__sanitizer_cov_bool_flag))
 (export "__kcov_cursor_check" (func $assembly/cursor/__kcov_cursor_check))
 (export "__kcov_cursor_load" (func $assembly/cursor/__kcov_cursor_load))
 (export "__kcov_cursor_reload" (func $assembly/cursor/__kcov_cursor_reload))
 (export "__kcov_cursor_trace_pc" (func $assembly/cursor/__kcov_cursor_trace_pc))
 (export "__kcov_dirty_page" (func $assembly/dirty_pages/__kcov_dirty_page))
 (export "__kcov_dirty_range" (func $assembly/dirty_pages/__kcov_dirty_range))
 (export "__kcov_differing_bits" (func $assembly/fold/__kcov_differing_bits))
 (export "__kcov_fold_comparisons" (func $assembly/fold/__kcov_fold_comparisons))
 (export "__kcov_fold_dense_pcs" (func $assembly/fold/__kcov_fold_dense_pcs))
 (export "__kcov_fold_pcs" (func $assembly/fold/__kcov_fold_pcs))
 (export "__kcov_trace_pc_proposals" (func $assembly/proposals/__kcov_trace_pc_proposals))
 (export "__sanitizer_cov_trace_pc_entry" (func $assembly/proposals/__sanitizer_cov_trace_pc_entry))
 (export "__sanitizer_cov_trace_pc_exit" (func $assembly/proposals/__sanitizer_cov_trace_pc_exit))
 (export "__sanitizer_cov_trace_pc_guard" (func $assembly/proposals/__sanitizer_cov_trace_pc_guard))
 (export "__sanitizer_cov_stack_depth" (func $assembly/stack_depth/__sanitizer_cov_stack_depth))
 (export "__sanitizer_cov_trace_cmp1" (func $assembly/trace_cmp/__sanitizer_cov_trace_cmp1))
 (export "__sanitizer_cov_trace_cmp2" (func $assembly/trace_cmp/__sanitizer_cov_trace_cmp2))
 (export "__sanitizer_cov_trace_cmp4" (func $assembly/trace_cmp/__sanitizer_cov_trace_cmp4))
 (export "__sanitizer_cov_trace_cmp8" (func $assembly/trace_cmp/__sanitizer_cov_trace_cmp8))
 (export "__sanitizer_cov_trace_const_cmp1" (func $assembly/trace_cmp/__sanitizer_cov_trace_const_cmp1))
 (export "__sanitizer_cov_trace_const_cmp2" (func $assembly/trace_cmp/__sanitizer_cov_trace_const_cmp2))
 (export "__sanitizer_cov_trace_const_cmp4" (func $assembly/trace_cmp/__sanitizer_cov_trace_const_cmp4))
 (export "__sanitizer_cov_trace_const_cmp8" (func $assembly/trace_cmp/__sanitizer_cov_trace_const_cmp8))
 (export "__sanitizer_cov_trace_div4" (func $assembly/trace_div/__sanitizer_cov_trace_div4))
 (export "__sanitizer_cov_trace_div8" (func $assembly/trace_div/__sanitizer_cov_trace_div8))
 (export "__sanitizer_cov_trace_pc_indir" (func $assembly/trace_indir/__sanitizer_cov_trace_pc_indir))
 (export "__sanitizer_cov_load1" (func $assembly/trace_loads/__sanitizer_cov_load1))
 (export "__sanitizer_cov_load2" (func $assembly/trace_loads/__sanitizer_cov_load2))
 (export "__sanitizer_cov_load4" (func $assembly/trace_loads/__sanitizer_cov_load4))
 (export "__sanitizer_cov_load8" (func $assembly/trace_loads/__sanitizer_cov_load8))
 (export "__sanitizer_cov_load16" (func $assembly/trace_loads/__sanitizer_cov_load16))
 (export "__kcov_trace_pc_count_first" (func $assembly/trace_pc/__kcov_trace_pc_count_first))
 (export "__sanitizer_cov_trace_pc" (func $assembly/trace_pc/__sanitizer_cov_trace_pc))
 (export "__sanitizer_cov_store1" (func $assembly/trace_stores/__sanitizer_cov_store1))
 (export "__sanitizer_cov_store2" (func $assembly/trace_stores/__sanitizer_cov_store2))
 (export "__sanitizer_cov_store4" (func $assembly/trace_stores/__sanitizer_cov_store4))
 (export "__sanitizer_cov_store8" (func $assembly/trace_stores/__sanitizer_cov_store8))
 (export "__sanitizer_cov_store16" (func $assembly/trace_stores/__sanitizer_cov_store16))
 (export "__sanitizer_cov_trace_switch" (func $assembly/trace_switch/__sanitizer_cov_trace_switch))
 (export "__sanitizer_cov_trace_switch_range" (func $assembly/trace_switch_range/__sanitizer_cov_trace_switch_range))
 (export "memory" (memory $0))
 (func $assembly/proposals/__kcov_trace_pc_proposals (param $0 i64)
  (local $1 i64)
  global.get $assembly/kcov/mode
  i32.const 6
  i32.eq
  if
   global.get $assembly/kcov/area
   i64.load
   local.tee $1
   global.get $assembly/kcov/size
   i64.extend_i32_u
   i64.ge_u
   if (result i32)
    i32.const 1
   else
    global.get $assembly/kcov/size
    i64.extend_i32_u
    local.get $1
    i64.const 1
    i64.add
    i64.le_u
   end
   i32.eqz
   if
    global.get $assembly/kcov/area
    local.get $1
    i32.wrap_i64
    i32.const 3
    i32.shl
    i32.add
    local.get $0
    global.get $assembly/kcov/slide
    i64.sub
    i64.const 72057594037927935
    i64.and
    i64.const -1152921504606846976
    i64.or
    i64.store offset=8
    global.get $assembly/kcov/area
    local.get $1
    i64.const 1
    i64.add
    i64.store
   end
  else
   global.get $assembly/kcov/mode
   i32.const 5
   i32.eq
   global.get $assembly/kcov/mode
   i32.const 2
   i32.eq
   i32.or
   if
    global.get $assembly/kcov/area
    i64.load
    i64.const 1
    i64.add
    local.tee $1
    global.get $assembly/kcov/size
    i64.extend_i32_u
    i64.lt_u
    if
     global.get $assembly/kcov/area
     local.get $1
     i64.store
     global.get $assembly/kcov/area
     local.get $1
     i32.wrap_i64
     i32.const 3
     i32.shl
     i32.add
     local.get $0
     global.get $assembly/kcov/slide
     i64.sub
     i64.store
    end
   end
  end
 )
 (func $assembly/trace_switch_range/__sanitizer_cov_trace_switch_range (param $0 i64) (param $1 i64) (param $2 i64) (param $3 i64) (param $4 i64)
  (local $5 i64)
  (local $6 i32)
  (local $7 i32)
  (local $8 i64)
  (local $9 i64)
  global.get $assembly/kcov/cmp_area
  i64.const 4088
  i64.eq
  if
   return
  end
  loop $for-loop|0
   local.get $2
   local.get $5
   i64.gt_u
   if
    local.get $1
    local.get $5
    i64.add
    local.set $8
    block $__inlined_func$assembly/trace_cmp/writeCmpData$32
     global.get $assembly/kcov/cmp_area
     local.tee $9
     i64.const 4088
     i64.eq
     br_if $__inlined_func$assembly/trace_cmp/writeCmpData$32
     local.get $9
     i64.const 32
     i64.shr_u
     local.get $9
     i32.wrap_i64
     local.tee $7
     i64.load
     local.tee $9
     i64.le_u
     br_if $__inlined_func$assembly/trace_cmp/writeCmpData$32
     local.get $7
     local.get $9
     i32.wrap_i64
     i32.const 5
     i32.shl
     i32.add
     local.tee $6
     local.get $3
     i64.store offset=8
     local.get $6
     local.get $8
     i64.store offset=16
     local.get $6
     local.get $0
     i64.store offset=24
     local.get $6
     local.get $4
     global.get $assembly/kcov/slide
     i64.sub
     i64.store offset=32
     local.get $7
     local.get $9
     i64.const 1
     i64.add
     i64.store
    end
    local.get $5
    i64.const 1
    i64.add
    local.set $5
    br $for-loop|0
   end
  end
 )
 (func $assembly/trace_switch/__sanitizer_cov_trace_switch (param $0 i64) (param $1 i32) (param $2 i64)
  (local $3 i64)
  (local $4 i32)
  (local $5 i32)
  (local $6 i64)
  (local $7 i64)
  (local $8 i64)
  (local $9 i64)
  global.get $assembly/kcov/cmp_area
  i64.const 4088
  i64.eq
  if
   return
  end
  memory.size
  i64.extend_i32_s
  i64.const 16
  i64.shl
  local.tee $7
  local.get $1
  i64.extend_i32_u
  i64.const 16
  i64.add
  local.tee $8
  i64.lt_u
  if
   return
  end
  block $__inlined_func$assembly/trace_switch/switchType$30 (result i64)
   i64.const 1
   local.get $1
   i64.load offset=8
   local.tee $6
   i64.const 8
   i64.eq
   br_if $__inlined_func$assembly/trace_switch/switchType$30
   drop
   i64.const 3
   local.get $6
   i64.const 16
   i64.eq
   br_if $__inlined_func$assembly/trace_switch/switchType$30
   drop
   i64.const 5
   local.get $6
   i64.const 32
   i64.eq
   br_if $__inlined_func$assembly/trace_switch/switchType$30
   drop
   i64.const 7
   local.get $6
   i64.const 64
   i64.eq
   br_if $__inlined_func$assembly/trace_switch/switchType$30
   drop
   i64.const 0
  end
  local.tee $9
  i64.eqz
  if
   return
  end
  local.get $1
  i64.load
  local.tee $6
  local.get $7
  local.get $8
  i64.sub
  i64.const 3
  i64.shr_u
  i64.gt_u
  if
   return
  end
  loop $for-loop|0
   local.get $3
   local.get $6
   i64.lt_u
   if
    local.get $1
    local.get $3
    i32.wrap_i64
    i32.const 3
    i32.shl
    i32.add
    i64.load offset=16
    local.set $7
    block $__inlined_func$assembly/trace_cmp/writeCmpData$31
     global.get $assembly/kcov/cmp_area
     local.tee $8
     i64.const 4088
     i64.eq
     br_if $__inlined_func$assembly/trace_cmp/writeCmpData$31
     local.get $8
     i64.const 32
     i64.shr_u
     local.get $8
     i32.wrap_i64
     local.tee $5
     i64.load
     local.tee $8
     i64.le_u
     br_if $__inlined_func$assembly/trace_cmp/writeCmpData$31
     local.get $5
     local.get $8
     i32.wrap_i64
     i32.const 5
     i32.shl
     i32.add
     local.tee $4
     local.get $9
     i64.store offset=8
     local.get $4
     local.get $7
     i64.store offset=16
     local.get $4
     local.get $0
     i64.store offset=24
     local.get $4
     local.get $2
     global.get $assembly/kcov/slide
     i64.sub
     i64.store offset=32
     local.get $5
     local.get $8
     i64.const 1
     i64.add
     i64.store
    end
    local.get $3
    i64.const 1
    i64.add
    local.set $3
    br $for-loop|0
   end
  end
 )
 (func $assembly/trace_stores/__sanitizer_cov_store8 (param $0 i64) (param $1 i64)
  (local $2 i32)
  (local $3 i32)
  (local $4 i64)
  block $__inlined_func$assembly/trace_cmp/writeCmpData$28
   global.get $assembly/kcov/cmp_area
   local.tee $4
   i64.const 4088
   i64.eq
   br_if $__inlined_func$assembly/trace_cmp/writeCmpData$28
   local.get $4
   i64.const 32
   i64.shr_u
   local.get $4
   i32.wrap_i64
   local.tee $3
   i64.load
   local.tee $4
   i64.le_u
   br_if $__inlined_func$assembly/trace_cmp/writeCmpData$28
   local.get $3
   local.get $4
   i32.wrap_i64
   i32.const 5
   i32.shl
   i32.add
   local.tee $2
   i64.const 774
   i64.store offset=8
   local.get $2
   local.get $0
   i64.store offset=16
   local.get $2
   i64.const 0
   i64.store offset=24
   local.get $2
   local.get $1
   global.get $assembly/kcov/slide
   i64.sub
   i64.store offset=32
   local.get $3
   local.get $4
   i64.const 1
   i64.add
   i64.store
  end
 )
 (func $assembly/trace_stores/__sanitizer_cov_store4 (param $0 i64) (param $1 i64)
  (local $2 i32)
  (local $3 i32)
  (local $4 i64)
  block $__inlined_func$assembly/trace_cmp/writeCmpData$27
   global.get $assembly/kcov/cmp_area
   local.tee $4
   i64.const 4088
   i64.eq
   br_if $__inlined_func$assembly/trace_cmp/writeCmpData$27
   local.get $4
   i64.const 32
   i64.shr_u
   local.get $4
   i32.wrap_i64
   local.tee $3
   i64.load
   local.tee $4
   i64.le_u
   br_if $__inlined_func$assembly/trace_cmp/writeCmpData$27
   local.get $3
   local.get $4
   i32.wrap_i64
   i32.const 5
   i32.shl
   i32.add
   local.tee $2
   i64.const 772
   i64.store offset=8
   local.get $2
   local.get $0
   i64.store offset=16
   local.get $2
   i64.const 0
   i64.store offset=24
   local.get $2
   local.get $1
   global.get $assembly/kcov/slide
   i64.sub
   i64.store offset=32
   local.get $3
   local.get $4
   i64.const 1
   i64.add
   i64.store
  end
 )
 (func $assembly/trace_stores/__sanitizer_cov_store2 (param $0 i64) (param $1 i64)
  (local $2 i32)
  (local $3 i32)
  (local $4 i64)
  block $__inlined_func$assembly/trace_cmp/writeCmpData$26
   global.get $assembly/kcov/cmp_area
   local.tee $4
   i64.const 4088
   i64.eq
   br_if $__inlined_func$assembly/trace_cmp/writeCmpData$26
   local.get $4
   i64.const 32
   i64.shr_u
   local.get $4
   i32.wrap_i64
   local.tee $3
   i64.load
   local.tee $4
   i64.le_u
   br_if $__inlined_func$assembly/trace_cmp/writeCmpData$26
   local.get $3
   local.get $4
   i32.wrap_i64
   i32.const 5
   i32.shl
   i32.add
   local.tee $2
   i64.const 770
   i64.store offset=8
   local.get $2
   local.get $0
   i64.store offset=16
   local.get $2
   i64.const 0
   i64.store offset=24
   local.get $2
   local.get $1
   global.get $assembly/kcov/slide
   i64.sub
   i64.store offset=32
   local.get $3
   local.get $4
   i64.const 1
   i64.add
   i64.store
  end
 )
 (func $assembly/trace_stores/__sanitizer_cov_store16 (param $0 i64) (param $1 i64)
  (local $2 i32)
  (local $3 i32)
  (local $4 i64)
  block $__inlined_func$assembly/trace_cmp/writeCmpData$29
   global.get $assembly/kcov/cmp_area
   local.tee $4
   i64.const 4088
   i64.eq
   br_if $__inlined_func$assembly/trace_cmp/writeCmpData$29
   local.get $4
   i64.const 32
   i64.shr_u
   local.get $4
   i32.wrap_i64
   local.tee $3
   i64.load
   local.tee $4
   i64.le_u
   br_if $__inlined_func$assembly/trace_cmp/writeCmpData$29
   local.get $3
   local.get $4
   i32.wrap_i64
   i32.const 5
   i32.shl
   i32.add
   local.tee $2
   i64.const 776
   i64.store offset=8
   local.get $2
   local.get $0
   i64.store offset=16
   local.get $2
   i64.const 0
   i64.store offset=24
   local.get $2
   local.get $1
   global.get $assembly/kcov/slide
   i64.sub
   i64.store offset=32
   local.get $3
   local.get $4
   i64.const 1
   i64.add
   i64.store
  end
 )
 (func $assembly/trace_stores/__sanitizer_cov_store1 (param $0 i64) (param $1 i64)
  (local $2 i32)
  (local $3 i32)
  (local $4 i64)
  block $__inlined_func$assembly/trace_cmp/writeCmpData$25
   global.get $assembly/kcov/cmp_area
   local.tee $4
   i64.const 4088
   i64.eq
   br_if $__inlined_func$assembly/trace_cmp/writeCmpData$25
   local.get $4
   i64.const 32
   i64.shr_u
   local.get $4
   i32.wrap_i64
   local.tee $3
   i64.load
   local.tee $4
   i64.le_u
   br_if $__inlined_func$assembly/trace_cmp/writeCmpData$25
   local.get $3
   local.get $4
   i32.wrap_i64
   i32.const 5
   i32.shl
   i32.add
   local.tee $2
   i64.const 768
   i64.store offset=8
   local.get $2
   local.get $0
   i64.store offset=16
   local.get $2
   i64.const 0
   i64.store offset=24
   local.get $2
   local.get $1
   global.get $assembly/kcov/slide
   i64.sub
   i64.store offset=32
   local.get $3
   local.get $4
   i64.const 1
   i64.add
   i64.store
  end
 )
 (func $assembly/trace_pc/__sanitizer_cov_trace_pc (param $0 i64)
  (local $1 i32)
  (local $2 i64)
  global.get $assembly/kcov/mode
  i32.const 2
  i32.ne
  if
   return
  end
  global.get $assembly/kcov/area
  local.tee $1
  i64.load
  i64.const 1
  i64.add
  local.tee $2
  global.get $assembly/kcov/size
  i64.extend_i32_u
  i64.ge_u
  if
   return
  end
  local.get $1
  local.get $2
  i32.wrap_i64
  i32.const 3
  i32.shl
  i32.add
  local.get $0
  global.get $assembly/kcov/slide
  i64.sub
  i64.store
  local.get $1
  local.get $2
  i64.store
 )
 (func $assembly/trace_pc/__kcov_trace_pc_count_first (param $0 i64)
  (local $1 i32)
  (local $2 i64)
  global.get $assembly/kcov/mode
  i32.const 2
  i32.ne
  if
   return
  end
  global.get $assembly/kcov/area
  local.tee $1
  i64.load
  i64.const 1
  i64.add
  local.tee $2
  global.get $assembly/kcov/size
  i64.extend_i32_u
  i64.ge_u
  if
   return
  end
  local.get $1
  local.get $2
  i64.store
  local.get $1
  local.get $2
  i32.wrap_i64
  i32.const 3
  i32.shl
  i32.add
  local.get $0
  global.get $assembly/kcov/slide
  i64.sub
  i64.store
 )
 (func $assembly/trace_loads/__sanitizer_cov_load8 (param $0 i64) (param $1 i64)
  (local $2 i32)
  (local $3 i32)
  (local $4 i64)
  block $__inlined_func$assembly/trace_cmp/writeCmpData$23
   global.get $assembly/kcov/cmp_area
   local.tee $4
   i64.const 4088
   i64.eq
   br_if $__inlined_func$assembly/trace_cmp/writeCmpData$23
   local.get $4
   i64.const 32
   i64.shr_u
   local.get $4
   i32.wrap_i64
   local.tee $3
   i64.load
   local.tee $4
   i64.le_u
   br_if $__inlined_func$assembly/trace_cmp/writeCmpData$23
   local.get $3
   local.get $4
   i32.wrap_i64
   i32.const 5
   i32.shl
   i32.add
   local.tee $2
   i64.const 518
   i64.store offset=8
   local.get $2
   local.get $0
   i64.store offset=16
   local.get $2
   i64.const 0
   i64.store offset=24
   local.get $2
   local.get $1
   global.get $assembly/kcov/slide
   i64.sub
   i64.store offset=32
   local.get $3
   local.get $4
   i64.const 1
   i64.add
   i64.store
  end
 )
 (func $assembly/trace_loads/__sanitizer_cov_load4 (param $0 i64) (param $1 i64)
  (local $2 i32)
  (local $3 i32)
  (local $4 i64)
  block $__inlined_func$assembly/trace_cmp/writeCmpData$22
   global.get $assembly/kcov/cmp_area
   local.tee $4
   i64.const 4088
   i64.eq
   br_if $__inlined_func$assembly/trace_cmp/writeCmpData$22
   local.get $4
   i64.const 32
   i64.shr_u
   local.get $4
   i32.wrap_i64
   local.tee $3
   i64.load
   local.tee $4
   i64.le_u
   br_if $__inlined_func$assembly/trace_cmp/writeCmpData$22
   local.get $3
   local.get $4
   i32.wrap_i64
   i32.const 5
   i32.shl
   i32.add
   local.tee $2
   i64.const 516
   i64.store offset=8
   local.get $2
   local.get $0
   i64.store offset=16
   local.get $2
   i64.const 0
   i64.store offset=24
   local.get $2
   local.get $1
   global.get $assembly/kcov/slide
   i64.sub
   i64.store offset=32
   local.get $3
   local.get $4
   i64.const 1
   i64.add
   i64.store
  end
 )
 (func $assembly/trace_loads/__sanitizer_cov_load2 (param $0 i64) (param $1 i64)
  (local $2 i32)
  (local $3 i32)
  (local $4 i64)
  block $__inlined_func$assembly/trace_cmp/writeCmpData$21
   global.get $assembly/kcov/cmp_area
   local.tee $4
   i64.const 4088
   i64.eq
   br_if $__inlined_func$assembly/trace_cmp/writeCmpData$21
   local.get $4
   i64.const 32
   i64.shr_u
   local.get $4
   i32.wrap_i64
   local.tee $3
   i64.load
   local.tee $4
   i64.le_u
   br_if $__inlined_func$assembly/trace_cmp/writeCmpData$21
   local.get $3
   local.get $4
   i32.wrap_i64
   i32.const 5
   i32.shl
   i32.add
   local.tee $2
   i64.const 514
   i64.store offset=8
   local.get $2
   local.get $0
   i64.store offset=16
   local.get $2
   i64.const 0
   i64.store offset=24
   local.get $2
   local.get $1
   global.get $assembly/kcov/slide
   i64.sub
   i64.store offset=32
   local.get $3
   local.get $4
   i64.const 1
   i64.add
   i64.store
  end
 )
 (func $assembly/trace_loads/__sanitizer_cov_load16 (param $0 i64) (param $1 i64)
  (local $2 i32)
  (local $3 i32)
  (local $4 i64)
  block $__inlined_func$assembly/trace_cmp/writeCmpData$24
   global.get $assembly/kcov/cmp_area
   local.tee $4
   i64.const 4088
   i64.eq
   br_if $__inlined_func$assembly/trace_cmp/writeCmpData$24
   local.get $4
   i64.const 32
   i64.shr_u
   local.get $4
   i32.wrap_i64
   local.tee $3
   i64.load
   local.tee $4
   i64.le_u
   br_if $__inlined_func$assembly/trace_cmp/writeCmpData$24
   local.get $3
   local.get $4
   i32.wrap_i64
   i32.const 5
   i32.shl
   i32.add
   local.tee $2
   i64.const 520
   i64.store offset=8
   local.get $2
   local.get $0
   i64.store offset=16
   local.get $2
   i64.const 0
   i64.store offset=24
   local.get $2
   local.get $1
   global.get $assembly/kcov/slide
   i64.sub
   i64.store offset=32
   local.get $3
   local.get $4
   i64.const 1
   i64.add
   i64.store
  end
 )
 (func $assembly/trace_loads/__sanitizer_cov_load1 (param $0 i64) (param $1 i64)
  (local $2 i32)
  (local $3 i32)
  (local $4 i64)
  block $__inlined_func$assembly/trace_cmp/writeCmpData$20
   global.get $assembly/kcov/cmp_area
   local.tee $4
   i64.const 4088
   i64.eq
   br_if $__inlined_func$assembly/trace_cmp/writeCmpData$20
   local.get $4
   i64.const 32
   i64.shr_u
   local.get $4
   i32.wrap_i64
   local.tee $3
   i64.load
   local.tee $4
   i64.le_u
   br_if $__inlined_func$assembly/trace_cmp/writeCmpData$20
   local.get $3
   local.get $4
   i32.wrap_i64
   i32.const 5
   i32.shl
   i32.add
   local.tee $2
   i64.const 512
   i64.store offset=8
   local.get $2
   local.get $0
   i64.store offset=16
   local.get $2
   i64.const 0
   i64.store offset=24
   local.get $2
   local.get $1
   global.get $assembly/kcov/slide
   i64.sub
   i64.store offset=32
   local.get $3
   local.get $4
   i64.const 1
   i64.add
   i64.store
  end
 )
 (func $assembly/trace_indir/__sanitizer_cov_trace_pc_indir (param $0 i64) (param $1 i64)
  (local $2 i32)
  (local $3 i32)
  (local $4 i64)
  block $__inlined_func$assembly/trace_cmp/writeCmpData$19
   global.get $assembly/kcov/cmp_area
   local.tee $4
   i64.const 4088
   i64.eq
   br_if $__inlined_func$assembly/trace_cmp/writeCmpData$19
   local.get $4
   i64.const 32
   i64.shr_u
   local.get $4
   i32.wrap_i64
   local.tee $3
   i64.load
   local.tee $4
   i64.le_u
   br_if $__inlined_func$assembly/trace_cmp/writeCmpData$19
   local.get $3
   local.get $4
   i32.wrap_i64
   i32.const 5
   i32.shl
   i32.add
   local.tee $2
   i64.const 256
   i64.store offset=8
   local.get $2
   local.get $0
   i64.store offset=16
   local.get $2
   i64.const 0
   i64.store offset=24
   local.get $2
   local.get $1
   global.get $assembly/kcov/slide
   i64.sub
   i64.store offset=32
   local.get $3
   local.get $4
   i64.const 1
   i64.add
   i64.store
  end
 )
 (func $assembly/trace_div/__sanitizer_cov_trace_div8 (param $0 i64) (param $1 i64)
  (local $2 i32)
  (local $3 i32)
  (local $4 i64)
  block $__inlined_func$assembly/trace_cmp/writeCmpData$18
   global.get $assembly/kcov/cmp_area
   local.tee $4
   i64.const 4088
   i64.eq
   br_if $__inlined_func$assembly/trace_cmp/writeCmpData$18
   local.get $4
   i64.const 32
   i64.shr_u
   local.get $4
   i32.wrap_i64
   local.tee $3
   i64.load
   local.tee $4
   i64.le_u
   br_if $__inlined_func$assembly/trace_cmp/writeCmpData$18
   local.get $3
   local.get $4
   i32.wrap_i64
   i32.const 5
   i32.shl
   i32.add
   local.tee $2
   i64.const 7
   i64.store offset=8
   local.get $2
   i64.const 0
   i64.store offset=16
   local.get $2
   local.get $0
   i64.store offset=24
   local.get $2
   local.get $1
   global.get $assembly/kcov/slide
   i64.sub
   i64.store offset=32
   local.get $3
   local.get $4
   i64.const 1
   i64.add
   i64.store
  end
 )
 (func $assembly/trace_div/__sanitizer_cov_trace_div4 (param $0 i32) (param $1 i64)
  (local $2 i32)
  (local $3 i32)
  (local $4 i64)
  block $__inlined_func$assembly/trace_cmp/writeCmpData$17
   global.get $assembly/kcov/cmp_area
   local.tee $4
   i64.const 4088
   i64.eq
   br_if $__inlined_func$assembly/trace_cmp/writeCmpData$17
   local.get $4
   i64.const 32
   i64.shr_u
   local.get $4
   i32.wrap_i64
   local.tee $3
   i64.load
   local.tee $4
   i64.le_u
   br_if $__inlined_func$assembly/trace_cmp/writeCmpData$17
   local.get $3
   local.get $4
   i32.wrap_i64
   i32.const 5
   i32.shl
   i32.add
   local.tee $2
   i64.const 5
   i64.store offset=8
   local.get $2
   i64.const 0
   i64.store offset=16
   local.get $2
   local.get $0
   i64.extend_i32_u
   i64.store offset=24
   local.get $2
   local.get $1
   global.get $assembly/kcov/slide
   i64.sub
   i64.store offset=32
   local.get $3
   local.get $4
   i64.const 1
   i64.add
   i64.store
  end
 )
 (func $assembly/trace_cmp/__sanitizer_cov_trace_const_cmp8 (param $0 i64) (param $1 i64) (param $2 i64)
  (local $3 i32)
  (local $4 i32)
  (local $5 i64)
  block $__inlined_func$assembly/trace_cmp/writeCmpData$16
   global.get $assembly/kcov/cmp_area
   local.tee $5
   i64.const 4088
   i64.eq
   br_if $__inlined_func$assembly/trace_cmp/writeCmpData$16
   local.get $5
   i64.const 32
   i64.shr_u
   local.get $5
   i32.wrap_i64
   local.tee $4
   i64.load
   local.tee $5
   i64.le_u
   br_if $__inlined_func$assembly/trace_cmp/writeCmpData$16
   local.get $4
   local.get $5
   i32.wrap_i64
   i32.const 5
   i32.shl
   i32.add
   local.tee $3
   i64.const 7
   i64.store offset=8
   local.get $3
   local.get $0
   i64.store offset=16
   local.get $3
   local.get $1
   i64.store offset=24
   local.get $3
   local.get $2
   global.get $assembly/kcov/slide
   i64.sub
   i64.store offset=32
   local.get $4
   local.get $5
   i64.const 1
   i64.add
   i64.store
  end
 )
 (func $assembly/trace_cmp/__sanitizer_cov_trace_const_cmp4 (param $0 i32) (param $1 i32) (param $2 i64)
  (local $3 i32)
  (local $4 i32)
  (local $5 i64)
  block $__inlined_func$assembly/trace_cmp/writeCmpData$15
   global.get $assembly/kcov/cmp_area
   local.tee $5
   i64.const 4088
   i64.eq
   br_if $__inlined_func$assembly/trace_cmp/writeCmpData$15
   local.get $5
   i64.const 32
   i64.shr_u
   local.get $5
   i32.wrap_i64
   local.tee $4
   i64.load
   local.tee $5
   i64.le_u
   br_if $__inlined_func$assembly/trace_cmp/writeCmpData$15
   local.get $4
   local.get $5
   i32.wrap_i64
   i32.const 5
   i32.shl
   i32.add
   local.tee $3
   i64.const 5
   i64.store offset=8
   local.get $3
   local.get $0
   i64.extend_i32_u
   i64.store offset=16
   local.get $3
   local.get $1
   i64.extend_i32_u
   i64.store offset=24
   local.get $3
   local.get $2
   global.get $assembly/kcov/slide
   i64.sub
   i64.store offset=32
   local.get $4
   local.get $5
   i64.const 1
   i64.add
   i64.store
  end
 )
 (func $assembly/trace_cmp/__sanitizer_cov_trace_const_cmp2 (param $0 i32) (param $1 i32) (param $2 i64)
  (local $3 i32)
  (local $4 i32)
  (local $5 i64)
  block $__inlined_func$assembly/trace_cmp/writeCmpData$14
   global.get $assembly/kcov/cmp_area
   local.tee $5
   i64.const 4088
   i64.eq
   br_if $__inlined_func$assembly/trace_cmp/writeCmpData$14
   local.get $5
   i64.const 32
   i64.shr_u
   local.get $5
   i32.wrap_i64
   local.tee $4
   i64.load
   local.tee $5
   i64.le_u
   br_if $__inlined_func$assembly/trace_cmp/writeCmpData$14
   local.get $4
   local.get $5
   i32.wrap_i64
   i32.const 5
   i32.shl
   i32.add
   local.tee $3
   i64.const 3
   i64.store offset=8
   local.get $3
   local.get $0
   i32.const 65535
   i32.and
   i64.extend_i32_u
   i64.store offset=16
   local.get $3
   local.get $1
   i32.const 65535
   i32.and
   i64.extend_i32_u
   i64.store offset=24
   local.get $3
   local.get $2
   global.get $assembly/kcov/slide
   i64.sub
   i64.store offset=32
   local.get $4
   local.get $5
   i64.const 1
   i64.add
   i64.store
  end
 )
 (func $assembly/trace_cmp/__sanitizer_cov_trace_const_cmp1 (param $0 i32) (param $1 i32) (param $2 i64)
  (local $3 i32)
  (local $4 i32)
  (local $5 i64)
  block $__inlined_func$assembly/trace_cmp/writeCmpData$13
   global.get $assembly/kcov/cmp_area
   local.tee $5
   i64.const 4088
   i64.eq
   br_if $__inlined_func$assembly/trace_cmp/writeCmpData$13
   local.get $5
   i64.const 32
   i64.shr_u
   local.get $5
   i32.wrap_i64
   local.tee $4
   i64.load
   local.tee $5
   i64.le_u
   br_if $__inlined_func$assembly/trace_cmp/writeCmpData$13
   local.get $4
   local.get $5
   i32.wrap_i64
   i32.const 5
   i32.shl
   i32.add
   local.tee $3
   i64.const 1
   i64.store offset=8
   local.get $3
   local.get $0
   i32.const 255
   i32.and
   i64.extend_i32_u
   i64.store offset=16
   local.get $3
   local.get $1
   i32.const 255
   i32.and
   i64.extend_i32_u
   i64.store offset=24
   local.get $3
   local.get $2
   global.get $assembly/kcov/slide
   i64.sub
   i64.store offset=32
   local.get $4
   local.get $5
   i64.const 1
   i64.add
   i64.store
  end
 )
 (func $assembly/trace_cmp/__sanitizer_cov_trace_cmp8 (param $0 i64) (param $1 i64) (param $2 i64)
  (local $3 i32)
  (local $4 i32)
  (local $5 i64)
  block $__inlined_func$assembly/trace_cmp/writeCmpData$12
   global.get $assembly/kcov/cmp_area
   local.tee $5
   i64.const 4088
   i64.eq
   br_if $__inlined_func$assembly/trace_cmp/writeCmpData$12
   local.get $5
   i64.const 32
   i64.shr_u
   local.get $5
   i32.wrap_i64
   local.tee $4
   i64.load
   local.tee $5
   i64.le_u
   br_if $__inlined_func$assembly/trace_cmp/writeCmpData$12
   local.get $4
   local.get $5
   i32.wrap_i64
   i32.const 5
   i32.shl
   i32.add
   local.tee $3
   i64.const 6
   i64.store offset=8
   local.get $3
   local.get $0
   i64.store offset=16
   local.get $3
   local.get $1
   i64.store offset=24
   local.get $3
   local.get $2
   global.get $assembly/kcov/slide
   i64.sub
   i64.store offset=32
   local.get $4
   local.get $5
   i64.const 1
   i64.add
   i64.store
  end
 )
 (func $assembly/trace_cmp/__sanitizer_cov_trace_cmp4 (param $0 i32) (param $1 i32) (param $2 i64)
  (local $3 i32)
  (local $4 i32)
  (local $5 i64)
  block $__inlined_func$assembly/trace_cmp/writeCmpData$11
   global.get $assembly/kcov/cmp_area
   local.tee $5
   i64.const 4088
   i64.eq
   br_if $__inlined_func$assembly/trace_cmp/writeCmpData$11
   local.get $5
   i64.const 32
   i64.shr_u
   local.get $5
   i32.wrap_i64
   local.tee $4
   i64.load
   local.tee $5
   i64.le_u
   br_if $__inlined_func$assembly/trace_cmp/writeCmpData$11
   local.get $4
   local.get $5
   i32.wrap_i64
   i32.const 5
   i32.shl
   i32.add
   local.tee $3
   i64.const 4
   i64.store offset=8
   local.get $3
   local.get $0
   i64.extend_i32_u
   i64.store offset=16
   local.get $3
   local.get $1
   i64.extend_i32_u
   i64.store offset=24
   local.get $3
   local.get $2
   global.get $assembly/kcov/slide
   i64.sub
   i64.store offset=32
   local.get $4
   local.get $5
   i64.const 1
   i64.add
   i64.store
  end
 )
 (func $assembly/trace_cmp/__sanitizer_cov_trace_cmp2 (param $0 i32) (param $1 i32) (param $2 i64)
  (local $3 i32)
  (local $4 i32)
  (local $5 i64)
  block $__inlined_func$assembly/trace_cmp/writeCmpData$10
   global.get $assembly/kcov/cmp_area
   local.tee $5
   i64.const 4088
   i64.eq
   br_if $__inlined_func$assembly/trace_cmp/writeCmpData$10
   local.get $5
   i64.const 32
   i64.shr_u
   local.get $5
   i32.wrap_i64
   local.tee $4
   i64.load
   local.tee $5
   i64.le_u
   br_if $__inlined_func$assembly/trace_cmp/writeCmpData$10
   local.get $4
   local.get $5
   i32.wrap_i64
   i32.const 5
   i32.shl
   i32.add
   local.tee $3
   i64.const 2
   i64.store offset=8
   local.get $3
   local.get $0
   i32.const 65535
   i32.and
   i64.extend_i32_u
   i64.store offset=16
   local.get $3
   local.get $1
   i32.const 65535
   i32.and
   i64.extend_i32_u
   i64.store offset=24
   local.get $3
   local.get $2
   global.get $assembly/kcov/slide
   i64.sub
   i64.store offset=32
   local.get $4
   local.get $5
   i64.const 1
   i64.add
   i64.store
  end
 )
 (func $assembly/trace_cmp/__sanitizer_cov_trace_cmp1 (param $0 i32) (param $1 i32) (param $2 i64)
  (local $3 i32)
  (local $4 i32)
  (local $5 i64)
  block $__inlined_func$assembly/trace_cmp/writeCmpData$9
   global.get $assembly/kcov/cmp_area
   local.tee $5
   i64.const 4088
   i64.eq
   br_if $__inlined_func$assembly/trace_cmp/writeCmpData$9
   local.get $5
   i64.const 32
   i64.shr_u
   local.get $5
   i32.wrap_i64
   local.tee $4
   i64.load
   local.tee $5
   i64.le_u
   br_if $__inlined_func$assembly/trace_cmp/writeCmpData$9
   local.get $4
   local.get $5
   i32.wrap_i64
   i32.const 5
   i32.shl
   i32.add
   local.tee $3
   i64.const 0
   i64.store offset=8
   local.get $3
   local.get $0
   i32.const 255
   i32.and
   i64.extend_i32_u
   i64.store offset=16
   local.get $3
   local.get $1
   i32.const 255
   i32.and
   i64.extend_i32_u
   i64.store offset=24
   local.get $3
   local.get $2
   global.get $assembly/kcov/slide
   i64.sub
   i64.store offset=32
   local.get $4
   local.get $5
   i64.const 1
   i64.add
   i64.store
  end
 )
 (func $assembly/stack_depth/__sanitizer_cov_stack_depth (param $0 i64) (param $1 i64)
  (local $2 i32)
  (local $3 i32)
  (local $4 i64)
  block $__inlined_func$assembly/trace_cmp/writeCmpData$8
   global.get $assembly/kcov/cmp_area
   local.tee $4
   i64.const 4088
   i64.eq
   br_if $__inlined_func$assembly/trace_cmp/writeCmpData$8
   local.get $4
   i64.const 32
   i64.shr_u
   local.get $4
   i32.wrap_i64
   local.tee $3
   i64.load
   local.tee $4
   i64.le_u
   br_if $__inlined_func$assembly/trace_cmp/writeCmpData$8
   local.get $3
   local.get $4
   i32.wrap_i64
   i32.const 5
   i32.shl
   i32.add
   local.tee $2
   i64.const 1024
   i64.store offset=8
   local.get $2
   local.get $0
   i64.store offset=16
   local.get $2
   i64.const 0
   i64.store offset=24
   local.get $2
   local.get $1
   global.get $assembly/kcov/slide
   i64.sub
   i64.store offset=32
   local.get $3
   local.get $4
   i64.const 1
   i64.add
   i64.store
  end
 )
 (func $assembly/proposals/__sanitizer_cov_trace_pc_guard (param $0 i32) (param $1 i64)
  (local $2 i32)
  (local $3 i64)
  (local $4 i64)
  global.get $assembly/kcov/mode
  i32.const 5
  i32.ne
  if
   local.get $1
   call $assembly/proposals/__kcov_trace_pc_proposals
   return
  end
  local.get $0
  i32.load
  local.tee $2
  i32.eqz
  if
   local.get $0
   i32.const 148
   i32.const 1
   i32.atomic.rmw.add
   i32.const 1
   i32.add
   local.tee $2
   i32.store
  end
  local.get $2
  global.get $assembly/kcov/bitmap
  i32.const 6
  i32.shl
  i32.lt_u
  if
   i64.const 1
   local.get $2
   i32.const 63
   i32.and
   i64.extend_i32_u
   i64.shl
   local.tee $3
   global.get $assembly/kcov/area
   global.get $assembly/kcov/bitmap
   i32.const 3
   i32.shl
   i32.sub
   local.get $2
   i32.const 6
   i32.shr_u
   i32.const 3
   i32.shl
   i32.add
   local.tee $0
   i64.load
   local.tee $4
   i64.and
   i64.const 0
   i64.ne
   if
    return
   end
   local.get $0
   local.get $3
   local.get $4
   i64.or
   i64.store
  end
  global.get $assembly/kcov/area
  i64.load
  i64.const 1
  i64.add
  local.tee $3
  global.get $assembly/kcov/size
  i64.extend_i32_u
  i64.lt_u
  if
   global.get $assembly/kcov/area
   local.get $3
   i64.store
   global.get $assembly/kcov/area
   local.get $3
   i32.wrap_i64
   i32.const 3
   i32.shl
   i32.add
   local.get $1
   global.get $assembly/kcov/slide
   i64.sub
   i64.store
  end
 )
 (func $assembly/proposals/__sanitizer_cov_trace_pc_exit (param $0 i64) (param $1 i64)
  local.get $1
  global.set $assembly/kcov/frame
  global.get $assembly/kcov/mode
  i32.const 6
  i32.eq
  if
   global.get $assembly/kcov/area
   i64.load
   local.tee $1
   global.get $assembly/kcov/size
   i64.extend_i32_u
   i64.ge_u
   if (result i32)
    i32.const 1
   else
    global.get $assembly/kcov/size
    i64.extend_i32_u
    local.get $1
    i64.const 1
    i64.add
    i64.le_u
   end
   i32.eqz
   if
    global.get $assembly/kcov/area
    local.get $1
    i32.wrap_i64
    i32.const 3
    i32.shl
    i32.add
    local.get $0
    global.get $assembly/kcov/slide
    i64.sub
    i64.const 72057594037927935
    i64.and
    i64.const 1152921504606846976
    i64.or
    i64.store offset=8
    global.get $assembly/kcov/area
    local.get $1
    i64.const 1
    i64.add
    i64.store
   end
  end
 )
 (func $assembly/proposals/__sanitizer_cov_trace_pc_entry (param $0 i64) (result i64)
  (local $1 i64)
  (local $2 i64)
  (local $3 i32)
  global.get $assembly/kcov/frame
  local.set $1
  local.get $0
  global.set $assembly/kcov/frame
  global.get $assembly/kcov/mode
  i32.const 6
  i32.eq
  if
   global.get $assembly/kcov/area
   i64.load
   local.tee $2
   global.get $assembly/kcov/size
   i64.extend_i32_u
   i64.ge_u
   if (result i32)
    i32.const 1
   else
    global.get $assembly/kcov/size
    i64.extend_i32_u
    local.get $2
    i64.const 2
    i64.add
    i64.le_u
   end
   i32.eqz
   if
    global.get $assembly/kcov/area
    local.get $2
    i32.wrap_i64
    i32.const 3
    i32.shl
    i32.add
    local.tee $3
    local.get $0
    global.get $assembly/kcov/slide
    i64.sub
    i64.const 72057594037927935
    i64.and
    i64.store offset=8
    local.get $3
    i64.const 0
    local.get $1
    global.get $assembly/kcov/slide
    i64.sub
    local.get $1
    i64.eqz
    select
    i64.store offset=16
    global.get $assembly/kcov/area
    local.get $2
    i64.const 2
    i64.add
    i64.store
   end
  end
  local.get $1
 )
 (func $assembly/fold/__kcov_fold_pcs (param $0 i32) (param $1 i32) (param $2 i32) (param $3 i32) (param $4 i32) (param $5 i32) (result i32)
  (local $6 i64)
  (local $7 i64)
  (local $8 i32)
  (local $9 i64)
  (local $10 i32)
  (local $11 i32)
  i32.const 16
  local.get $3
  i32.shl
  i32.const 1
  i32.sub
  local.set $8
  i64.const 64
  local.get $3
  i64.extend_i32_u
  i64.sub
  local.set $9
  local.get $0
  local.get $1
  i32.const 3
  i32.shl
  i32.add
  local.set $10
  i32.const 0
  local.set $3
  loop $for-loop|0
   local.get $0
   local.get $10
   i32.lt_u
   if
    local.get $2
    local.get $0
    i64.load
    local.tee $7
    i64.const -7046029254386353131
    i64.mul
    local.get $9
    i64.shr_u
    i32.wrap_i64
    i32.const 4
    i32.shl
    local.tee $1
    i32.add
    i64.load offset=8
    local.set $6
    loop $while-continue|1
     local.get $6
     i64.const 0
     i64.ne
     local.get $1
     local.get $2
     i32.add
     i64.load
     local.get $7
     i64.ne
     i32.and
     if
      local.get $2
      local.get $1
      i32.const 16
      i32.add
      local.get $8
      i32.and
      local.tee $1
      i32.add
      i64.load offset=8
      local.set $6
      br $while-continue|1
     end
    end
    local.get $6
    i64.eqz
    if
     local.get $3
     local.get $5
     i32.eq
     if
      local.get $5
      i32.const 1
      i32.add
      return
     end
     local.get $1
     local.get $2
     i32.add
     local.tee $11
     local.get $7
     i64.store
     local.get $4
     local.get $3
     i32.const 2
     i32.shl
     i32.add
     local.get $11
     i32.store
     local.get $3
     i32.const 1
     i32.add
     local.set $3
    end
    local.get $1
    local.get $2
    i32.add
    local.get $6
    i64.const 1
    i64.add
    i64.store offset=8
    local.get $0
    i32.const 8
    i32.add
    local.set $0
    br $for-loop|0
   end
  end
  local.get $3
 )
 (func $assembly/fold/__kcov_fold_dense_pcs (param $0 i32) (param $1 i32) (param $2 i64) (param $3 i64) (param $4 i32) (param $5 i32) (result i32)
  (local $6 i32)
  (local $7 i32)
  (local $8 i64)
  (local $9 i64)
  (local $10 i32)
  local.get $0
  local.get $1
  i32.const 3
  i32.shl
  i32.add
  local.set $7
  local.get $5
  local.set $1
  loop $for-loop|0
   local.get $0
   local.get $7
   i32.lt_u
   if
    local.get $0
    i64.load
    local.tee $8
    local.get $2
    i64.sub
    local.tee $9
    local.get $3
    i64.ge_u
    if
     i32.const -1
     return
    end
    local.get $4
    local.get $9
    i32.wrap_i64
    i32.const 2
    i32.shl
    i32.add
    local.tee $10
    i32.load
    local.set $6
    local.get $10
    local.get $6
    i32.const 1
    i32.add
    i32.store
    local.get $6
    i32.eqz
    if
     local.get $1
     local.get $8
     i64.store
     local.get $1
     i32.const 8
     i32.add
     local.set $1
    end
    local.get $0
    i32.const 8
    i32.add
    local.set $0
    br $for-loop|0
   end
  end
  local.get $1
  local.get $5
  i32.sub
  i32.const 3
  i32.shr_u
 )
 (func $assembly/fold/__kcov_fold_comparisons (param $0 i32) (param $1 i32) (param $2 i32) (param $3 i32) (param $4 i32) (param $5 i32) (result i32)
  (local $6 i32)
  (local $7 i32)
  (local $8 i32)
  (local $9 i64)
  (local $10 i32)
  (local $11 i64)
  (local $12 i64)
  (local $13 i64)
  (local $14 i64)
  (local $15 i64)
  i32.const 1
  local.get $3
  i32.shl
  i32.const 1
  i32.sub
  local.set $8
  i64.const 64
  local.get $3
  i64.extend_i32_u
  i64.sub
  local.set $9
  local.get $0
  local.get $1
  i32.const 5
  i32.shl
  i32.add
  local.set $10
  i32.const 0
  local.set $3
  local.get $0
  local.set $1
  loop $for-loop|0
   local.get $1
   local.get $10
   i32.lt_u
   if
    local.get $1
    i64.load
    local.tee $11
    local.get $1
    i64.load offset=24
    local.tee $12
    i64.add
    local.get $1
    i64.load offset=8
    local.tee $13
    i64.const 21
    i64.rotl
    i64.add
    local.get $1
    i64.load offset=16
    local.tee $14
    i64.const 42
    i64.rotl
    i64.add
    i64.const -7046029254386353131
    i64.mul
    local.tee $15
    i64.const 32
    i64.shr_u
    local.get $15
    i64.xor
    i64.const -7046029254386353131
    i64.mul
    local.get $9
    i64.shr_u
    i32.wrap_i64
    local.set $7
    loop $for-loop|1
     block $for-break1
      local.get $2
      local.get $7
      i32.const 2
      i32.shl
      i32.add
      i32.load
      local.tee $0
      i32.eqz
      if
       local.get $3
       local.get $5
       i32.eq
       if
        local.get $5
        i32.const 1
        i32.add
        return
       end
       local.get $4
       local.get $3
       i32.const 40
       i32.mul
       i32.add
       local.tee $0
       local.get $1
       i32.const 32
       memory.copy
       local.get $0
       i64.const 1
       i64.store offset=32
       local.get $2
       local.get $7
       i32.const 2
       i32.shl
       i32.add
       local.get $3
       i32.const 1
       i32.add
       local.tee $3
       i32.store
       br $for-break1
      end
      local.get $4
      local.get $0
      i32.const 1
      i32.sub
      i32.const 40
      i32.mul
      i32.add
      local.tee $6
      i64.load
      local.get $11
      i64.eq
      local.tee $0
      if
       local.get $6
       i64.load offset=8
       local.get $13
       i64.eq
       local.set $0
      end
      local.get $0
      if
       local.get $6
       i64.load offset=16
       local.get $14
       i64.eq
       local.set $0
      end
      local.get $0
      if (result i32)
       local.get $6
       i64.load offset=24
       local.get $12
       i64.eq
      else
       local.get $0
      end
      if
       local.get $6
       local.get $6
       i64.load offset=32
       i64.const 1
       i64.add
       i64.store offset=32
      else
       local.get $7
       i32.const 1
       i32.add
       local.get $8
       i32.and
       local.set $7
       br $for-loop|1
      end
     end
    end
    local.get $1
    i32.const 32
    i32.add
    local.set $1
    br $for-loop|0
   end
  end
  local.get $3
 )
 (func $assembly/fold/__kcov_differing_bits (param $0 i32) (param $1 i32) (result i64)
  (local $2 i64)
  (local $3 i64)
  (local $4 i64)
  (local $5 i32)
  local.get $0
  i64.load
  local.set $2
  local.get $0
  local.get $1
  i32.const 3
  i32.shl
  i32.add
  local.tee $1
  i32.const 24
  i32.sub
  local.set $5
  loop $for-loop|0
   local.get $0
   local.get $5
   i32.lt_u
   if
    local.get $3
    local.get $0
    i64.load
    local.get $2
    i64.xor
    local.get $0
    i64.load offset=16
    local.get $2
    i64.xor
    i64.or
    i64.or
    local.set $3
    local.get $4
    local.get $0
    i64.load offset=8
    local.get $2
    i64.xor
    local.get $0
    i64.load offset=24
    local.get $2
    i64.xor
    i64.or
    i64.or
    local.set $4
    local.get $0
    i32.const 32
    i32.add
    local.set $0
    br $for-loop|0
   end
  end
  loop $for-loop|1
   local.get $0
   local.get $1
   i32.lt_u
   if
    local.get $3
    local.get $0
    i64.load
    local.get $2
    i64.xor
    i64.or
    local.set $3
    local.get $0
    i32.const 8
    i32.add
    local.set $0
    br $for-loop|1
   end
  end
  local.get $3
  local.get $4
  i64.or
 )
 (func $assembly/dirty_pages/__kcov_dirty_range (param $0 i32) (param $1 i32) (param $2 i32)
  local.get $0
  local.get $1
  i64.extend_i32_u
  local.get $2
  i64.extend_i32_u
  i64.add
  i64.const 4095
  i64.add
  i64.const 12
  i64.shr_u
  i32.wrap_i64
  i32.add
  local.set $2
  local.get $0
  local.get $1
  i32.const 12
  i32.shr_u
  i32.add
  local.set $0
  loop $for-loop|0
   local.get $0
   local.get $2
   i32.lt_u
   if
    local.get $0
    i32.const 1
    i32.store8
    local.get $0
    i32.const 1
    i32.add
    local.set $0
    br $for-loop|0
   end
  end
 )
 (func $assembly/dirty_pages/__kcov_dirty_page (param $0 i32) (param $1 i32)
  local.get $0
  local.get $1
  i32.const 12
  i32.shr_u
  i32.add
  i32.const 1
  i32.store8
 )
 (func $assembly/cursor/__kcov_cursor_trace_pc (param $0 i64)
  global.get $assembly/cursor/count
  global.get $assembly/cursor/capacity
  i32.ge_s
  if
   return
  end
  global.get $assembly/cursor/base
  global.get $assembly/cursor/count
  i32.const 3
  i32.shl
  i32.add
  local.get $0
  global.get $assembly/kcov/slide
  i64.sub
  i64.store offset=8
  global.get $assembly/cursor/count
  i32.const 1
  i32.add
  global.set $assembly/cursor/count
  global.get $assembly/cursor/base
  global.get $assembly/cursor/count
  i64.extend_i32_u
  i64.store
 )
 (func $assembly/cursor/__kcov_cursor_reload (param $0 i64)
  (local $1 i64)
  (local $2 i64)
  global.get $assembly/kcov/pc_area
  local.tee $2
  i32.wrap_i64
  global.set $assembly/cursor/base
  global.get $assembly/cursor/base
  i64.load
  i64.const 1
  i64.add
  local.set $1
  local.get $2
  i64.const 32
  i64.shr_u
  i32.wrap_i64
  global.set $assembly/cursor/capacity
  global.get $assembly/cursor/capacity
  global.set $assembly/cursor/count
  local.get $1
  global.get $assembly/cursor/capacity
  i64.extend_i32_u
  i64.gt_u
  if
   return
  end
  local.get $1
  i32.wrap_i64
  global.set $assembly/cursor/count
  global.get $assembly/cursor/base
  global.get $assembly/cursor/count
  i32.const 3
  i32.shl
  i32.add
  local.get $0
  global.get $assembly/kcov/slide
  i64.sub
  i64.store
  global.get $assembly/cursor/base
  local.get $1
  i64.store
 )
 (func $assembly/cursor/__kcov_cursor_load
  (local $0 i64)
  (local $1 i64)
  global.get $assembly/kcov/pc_area
  local.tee $1
  i32.wrap_i64
  global.set $assembly/cursor/base
  global.get $assembly/cursor/base
  i64.load
  local.set $0
  local.get $1
  i64.const 32
  i64.shr_u
  i32.wrap_i64
  global.set $assembly/cursor/capacity
  local.get $0
  i32.wrap_i64
  global.get $assembly/cursor/capacity
  global.get $assembly/cursor/capacity
  i64.extend_i32_u
  local.get $0
  i64.const 1
  i64.add
  i64.ge_u
  select
  global.set $assembly/cursor/count
 )
 (func $assembly/cursor/__kcov_cursor_check
  (local $0 i64)
  global.get $assembly/cursor/base
  i64.load
  local.tee $0
  global.get $assembly/cursor/count
  i64.extend_i32_u
  i64.ne
  if
   local.get $0
   i32.wrap_i64
   global.get $assembly/cursor/capacity
   global.get $assembly/cursor/capacity
   i64.extend_i32_u
   local.get $0
   i64.const 1
   i64.add
   i64.ge_u
   select
   global.set $assembly/cursor/count
  end
 )
 (func $assembly/counters/__sanitizer_cov_bool_flag (param $0 i32)
  local.get $0
  i32.const 1
  i32.store8
 )
 (func $assembly/counters/__sanitizer_cov_8bit_counter (param $0 i32)
  local.get $0
  local.get $0
  i32.load8_u
  i32.const 1
  i32.add
  i32.store8
 )
 (func $assembly/counters/__sanitizer_cov_64bit_flag (param $0 i32)
  local.get $0
  i64.const 1
  i64.store
 )
 (func $assembly/counters/__sanitizer_cov_64bit_counter (param $0 i32)
  local.get $0
  local.get $0
  i64.load
  i64.const 1
  i64.add
  i64.store
 )
 (func $assembly/counters/__kcov_held_counter_step (param $0 i32)
  global.get $assembly/counters/held
  i32.const 1
  i32.add
  global.set $assembly/counters/held
  local.get $0
  global.get $assembly/counters/held
  i32.store8
 )
 (func $assembly/counters/__kcov_held_counter_load (param $0 i32)
  local.get $0
  i32.load8_u
  global.set $assembly/counters/held
 )
)
