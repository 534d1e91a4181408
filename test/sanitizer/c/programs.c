/*
 * Small programs with one mistake each, which they make if `bad` is not 0. Built for WebAssembly and natively with
 * AddressSanitizer, whose verdict counts. In the style of the Juliet test suite's categories.
 */
#define _GNU_SOURCE
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "program.h"

/* ---- heap: reading and writing behind a block, every width ---- */

PROGRAM(heap_write_1_by_1) { char *p = malloc(10); p[9 + bad] = 1; use(p); free(p); }
PROGRAM(heap_read_1_by_1) { char *p = malloc(10); memset(p, 0, 10); sink = p[9 + bad]; free(p); }
PROGRAM(heap_write_2) { uint16_t *p = malloc(10); p[4 + bad] = 1; use(p); free(p); }
PROGRAM(heap_read_2) { uint16_t *p = calloc(5, 2); sink = p[4 + bad]; free(p); }
PROGRAM(heap_write_4) { uint32_t *p = malloc(40); p[9 + bad] = 1; use(p); free(p); }
PROGRAM(heap_read_4) { uint32_t *p = calloc(10, 4); sink = p[9 + bad]; free(p); }
PROGRAM(heap_write_8) { uint64_t *p = malloc(80); p[9 + bad] = 1; use(p); free(p); }
PROGRAM(heap_read_8) { uint64_t *p = calloc(10, 8); sink = (int)p[9 + bad]; free(p); }
PROGRAM(heap_write_float) { float *p = malloc(12); p[2 + bad] = 1.5f; use(p); free(p); }
PROGRAM(heap_read_double) { double *p = calloc(3, 8); sink = (int)p[2 + bad]; free(p); }
PROGRAM(heap_write_by_many) { char *p = malloc(24); p[23 + bad * 17] = 1; use(p); free(p); }
PROGRAM(heap_read_partial_word) { char *p = malloc(6); memset(p, 1, 6); uint32_t v; memcpy(&v, p + (bad ? 3 : 2), 4); sink = (int)v; free(p); }
PROGRAM(heap_write_zero_size) { char *p = malloc(bad ? 0 : 1); p[0] = 1; use(p); free(p); }
PROGRAM(heap_write_large_block) { char *p = malloc(100000); p[99999 + bad] = 1; use(p); free(p); }
PROGRAM(heap_loop_off_by_one) { int n = 13; int *p = malloc(n * sizeof *p); for (int i = 0; i < n + bad; i++) p[i] = i; use(p); free(p); }
PROGRAM(heap_loop_down) { int *p = malloc(40); for (int i = 9; i >= -bad; i--) p[i] = i; use(p); free(p); }

/* ---- heap: in front of a block ---- */

PROGRAM(heap_underflow_write_1) { char *p = malloc(10); p[-bad] = 1; use(p); free(p); }
PROGRAM(heap_underflow_read_4) { int *p = calloc(3, 4); sink = p[-bad]; free(p); }
PROGRAM(heap_underflow_by_many) { char *p = malloc(10); p[-bad * 12] = 1; use(p); free(p); }
PROGRAM(heap_underflow_8) { uint64_t *p = malloc(16); p[-bad] = 1; use(p); free(p); }

/* ---- heap: through library functions ---- */

PROGRAM(heap_memcpy_to) { char *p = malloc(16); memcpy(p, text, 16 + bad); use(p); free(p); }
PROGRAM(heap_memcpy_from) { char *p = malloc(16), q[64]; memset(p, 1, 16); memcpy(q, p, 16 + bad); sink = q[3]; use(q); free(p); }
PROGRAM(heap_memset) { char *p = malloc(33); memset(p, 7, 33 + bad); use(p); free(p); }
PROGRAM(heap_memmove) { char *p = malloc(32); memset(p, 1, 32); memmove(p + 8, p, 24 + bad); use(p); free(p); }
PROGRAM(heap_strcpy) { char *p = malloc(6); strcpy(p, bad ? "123456" : "12345"); use(p); free(p); }
PROGRAM(heap_strcat) { char *p = malloc(8); strcpy(p, "1234"); strcat(p, bad ? "5678" : "567"); use(p); free(p); }
PROGRAM(heap_strlen_unterminated) { char *p = malloc(8); memset(p, 'x', 8); if (!bad) p[7] = 0; sink = (int)strlen(p); free(p); }
PROGRAM(heap_strncpy) { char *p = malloc(8); strncpy(p, text, 8 + bad); use(p); free(p); }
PROGRAM(heap_memchr) { char *p = malloc(8); memset(p, 'x', 8); sink = memchr(p, 'y', 8 + bad) != 0; free(p); }
PROGRAM(heap_memcmp) { char *p = malloc(8), *q = malloc(8); memset(p, 1, 8); memset(q, 1, 8); sink = memcmp(p, q, 8 + bad); free(p); free(q); }
PROGRAM(heap_strdup) { char *p = strdup("hello"); p[5 + bad] = 0; use(p); free(p); }

/* ---- heap: use after free ---- */

PROGRAM(uaf_read_1) { char *p = malloc(10); memset(p, 1, 10); if (bad) free(p); sink = p[3]; if (!bad) free(p); }
PROGRAM(uaf_write_4) { int *p = malloc(40); if (bad) free(p); p[2] = 1; if (!bad) free(p); }
PROGRAM(uaf_read_8) { uint64_t *p = calloc(4, 8); if (bad) free(p); sink = (int)p[3]; if (!bad) free(p); }
PROGRAM(uaf_by_alias) { struct node { struct node *next; int value; } *a = malloc(sizeof *a), *b = a; a->value = 3; a->next = 0; if (bad) free(a); sink = b->value; if (!bad) free(a); }
PROGRAM(uaf_list) { struct node { struct node *next; int value; } *head = 0; for (int i = 0; i < 4; i++) { struct node *n = malloc(sizeof *n); n->next = head; n->value = i; head = n; } while (head) { struct node *next = head->next; free(head); head = bad ? head->next : next; } }
PROGRAM(uaf_memcpy) { char *p = malloc(32), q[32]; memset(p, 1, 32); if (bad) free(p); memcpy(q, p, 32); use(q); if (!bad) free(p); }
PROGRAM(uaf_after_many) { char *p = malloc(48); if (bad) free(p); for (int i = 0; i < 50; i++) { char *q = malloc(48); use(q); free(q); } p[1] = 1; if (!bad) free(p); }
PROGRAM(uaf_callee_frees) { int *p = malloc(8); p[0] = 1; if (bad) release(p); sink = p[0]; if (!bad) free(p); }
PROGRAM(uaf_returned) { char *p = make_block(bad); p[0] = 1; use(p); if (!bad) free(p); }
PROGRAM(uaf_large) { char *p = malloc(300000); p[200000] = 1; if (bad) free(p); sink = p[200000]; if (!bad) free(p); }

/* ---- heap: realloc ---- */

PROGRAM(realloc_old_pointer) { char *p = malloc(16); p[0] = 1; char *q = realloc(p, 4096); sink = bad ? p[0] : q[0]; free(q); }
PROGRAM(realloc_shrunk) { char *p = malloc(64); memset(p, 1, 64); p = realloc(p, 16); sink = p[bad ? 20 : 15]; free(p); }
PROGRAM(realloc_grown) { char *p = malloc(16); p = realloc(p, 40); p[39 + bad] = 1; use(p); free(p); }
PROGRAM(realloc_keeps) { char *p = malloc(10); memset(p, 5, 10); p = realloc(p, 20); sink = p[9]; if (sink != 5) abort(); p[19 + bad] = 1; use(p); free(p); }
PROGRAM(realloc_of_freed) { char *p = malloc(10); if (bad) free(p); char *q = realloc(p, 20); if (!bad) free(q); }
PROGRAM(reallocarray_end) { int *p = reallocarray(0, 5, 4); p[4 + bad] = 1; use(p); free(p); }

/* ---- heap: freeing what is not to be freed ---- */

PROGRAM(double_free) { char *p = malloc(10); free(p); if (bad) free(p); }
PROGRAM(double_free_later) { char *p = malloc(10), *q = malloc(10); free(p); free(q); if (bad) free(p); }
PROGRAM(free_inside) { char *p = malloc(64); free(bad ? p + 16 : p); }
PROGRAM(free_by_one) { char *p = malloc(64); free(p + bad); }
PROGRAM(free_stack) { char here[32]; use(here); char *p = malloc(32); free(bad ? here : p); if (bad) free(p); }
PROGRAM(free_static) { static char there[32]; use(there); char *p = malloc(32); free(bad ? there : p); if (bad) free(p); }
PROGRAM(free_wild) { char *p = malloc(32); free(bad ? (char *)(uintptr_t)0x8000 : p); if (bad) free(p); }

/* ---- heap: other ways to get memory ---- */

PROGRAM(calloc_end) { short *p = calloc(7, 2); sink = p[6 + bad]; free(p); }
PROGRAM(calloc_clear) { char *p = malloc(100); memset(p, 9, 100); free(p); p = calloc(10, 10); for (int i = 0; i < 100; i++) if (p[i]) abort(); sink = p[99 + bad]; free(p); }
PROGRAM(aligned_alloc_end) { char *p = aligned_alloc(64, 128); if ((uintptr_t)p % 64) abort(); p[127 + bad] = 1; use(p); free(p); }
PROGRAM(aligned_alloc_before) { char *p = aligned_alloc(32, 64); p[-bad] = 1; use(p); free(p); }
PROGRAM(posix_memalign_end) { void *q; if (posix_memalign(&q, 128, 100)) abort(); char *p = q; if ((uintptr_t)p % 128) abort(); p[99 + bad] = 1; use(p); free(p); }

/* ---- stack ---- */

PROGRAM(stack_write_beyond_frame) { char b[16]; fill(b, bad ? 200 : 16); sink = b[3]; }
PROGRAM(stack_write_beyond_by_little) { int b[8]; fill((char *)b, sizeof b + bad * 4); sink = b[1]; }
PROGRAM(stack_strcpy) { char b[8]; copy_text(b, bad ? "this is far too long for eight bytes, and goes on" : "short"); sink = b[0]; }
PROGRAM(stack_read_beyond) { char b[16]; fill(b, 16); sink = sum(b, bad ? 120 : 16); }
PROGRAM(stack_leaf) { char b[32]; for (int i = 0; i < 32 + bad * 40; i++) ((volatile char *)b)[i] = (char)i; sink = b[5]; }
PROGRAM(stack_two_frames) { char b[24]; outer(b, bad ? 90 : 24); sink = b[0]; }
PROGRAM(stack_index) { int b[10]; for (int i = 0; i < 10; i++) b[i] = i; use(b); b[bad ? 14 : 9] = 7; use(b); }

/* ---- null ---- */

PROGRAM(null_write) { int *volatile p = bad ? 0 : &sink; *p = 3; }
PROGRAM(null_read) { int *volatile p = bad ? 0 : &sink; sink = *p; }
PROGRAM(null_field) { struct s { char pad[100]; int field; } *volatile p = bad ? 0 : malloc(sizeof *p); p->field = 1; if (!bad) free(p); }
PROGRAM(null_array) { char *volatile p = bad ? 0 : malloc(300); p[250] = 1; if (!bad) free(p); }
PROGRAM(null_memset) { char *volatile p = bad ? 0 : malloc(16); memset(p, 0, 16); if (!bad) free(p); }
PROGRAM(null_string) { const char *volatile p = bad ? 0 : "x"; sink = (int)strlen(p); }

/* ---- what compilers make of loops ---- */

PROGRAM(vector_copy) { float *p = malloc(64 * 4), *q = malloc(64 * 4); for (int i = 0; i < 64; i++) q[i] = (float)i; for (int i = 0; i < 64 + bad; i++) p[i] = q[i % 64] * 2; use(p); free(p); free(q); }
PROGRAM(vector_sum) { int *p = malloc(100 * 4); for (int i = 0; i < 100; i++) p[i] = i; int s = 0; for (int i = 0; i < 100 + bad * 4; i++) s += p[i]; sink = s; free(p); }
PROGRAM(bytes_reversed) { char *p = malloc(20); memset(p, 1, 20); for (char *a = p, *b = p + 19 + bad; a < b; a++, b--) { char c = *a; *a = *b; *b = c; } use(p); free(p); }
PROGRAM(matrix) { int (*m)[6] = malloc(5 * sizeof *m); for (int i = 0; i < 5; i++) for (int j = 0; j < 6; j++) m[i][j] = 0; m[bad ? 5 : 4][0] = 1; use(m); free(m); }
PROGRAM(struct_copy) { struct s { int v[9]; } *a = malloc(sizeof *a), *b = malloc(bad ? 16 : sizeof *b); memset(a, 1, sizeof *a); *b = *a; use(b); free(a); free(b); }

