/* What the programs need: a name and a function each, and functions that no compiler sees through. */

extern volatile int zero;
extern int sink;
extern const char text[];

void use(void *p);
void release(void *p);
char *make_block(int isFreed);
void fill(char *p, size_t bytes);
void copy_text(char *to, const char *from);
int sum(const char *p, size_t bytes);
void outer(char *p, size_t bytes);
void add_program(const char *name, void (*run)(int bad));

#define PROGRAM(name)                                                                    \
  static void name(int bad);                                                             \
  __attribute__((constructor)) static void add_##name(void) { add_program(#name, name); } \
  __attribute__((noinline)) static void name(int bad)

