/* Functions that the programs call, in a file of their own; which program is run is an argument. */
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "program.h"

volatile int zero;
int sink;
const char text[] = "some text that is long enough for everything that is copied from it";

static struct { const char *name; void (*run)(int bad); } programs[200];
static int count;

void add_program(const char *name, void (*run)(int bad)) {
  programs[count].name = name;
  programs[count++].run = run;
}

void use(void *p) { __asm__ volatile("" : : "r"(p) : "memory"); }
void release(void *p) { free(p); }
char *make_block(int isFreed) {
  char *p = malloc(12);
  if (isFreed) free(p);
  return p;
}
void fill(char *p, size_t bytes) { for (size_t i = 0; i < bytes; i++) ((volatile char *)p)[i] = (char)i; }
void copy_text(char *to, const char *from) { while ((*(volatile char *)to++ = *from++)) {} }
int sum(const char *p, size_t bytes) {
  int total = 0;
  for (size_t i = 0; i < bytes; i++) total += ((const volatile char *)p)[i];
  return total;
}
void outer(char *p, size_t bytes) {
  char own[16];
  fill(own, 16);
  fill(p, bytes);
  sink += own[zero];
}

const char *program_name(int index) { return index < count ? programs[index].name : 0; }
void run_program(int index, int bad) { programs[index].run(bad); }

#ifndef __wasm__
int main(int argc, char **argv) {
  if (argc == 1) for (int i = 0; i < count; i++) puts(programs[i].name);
  else run_program(atoi(argv[1]), atoi(argv[2]));
  return 0;
}
#endif
