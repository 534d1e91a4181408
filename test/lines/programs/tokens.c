/* A tokenizer driven by tables, with keywords, a hash table of names, and counts. Reads standard input. */

#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef enum { CLASS_OTHER, CLASS_BLANK, CLASS_LETTER, CLASS_DIGIT, CLASS_QUOTE, CLASS_SLASH, CLASS_STAR, CLASS_NEWLINE, CLASSES } char_class;
typedef enum { STATE_START, STATE_NAME, STATE_NUMBER, STATE_STRING, STATE_SLASH, STATE_LINE, STATE_BLOCK, STATE_BLOCK_STAR, STATE_DONE, STATE_ERROR, STATES } state;

static const uint8_t next_state[STATES][CLASSES] = {
    [STATE_START] = {STATE_DONE, STATE_START, STATE_NAME, STATE_NUMBER, STATE_STRING, STATE_SLASH, STATE_DONE, STATE_START},
    [STATE_NAME] = {STATE_DONE, STATE_DONE, STATE_NAME, STATE_NAME, STATE_DONE, STATE_DONE, STATE_DONE, STATE_DONE},
    [STATE_NUMBER] = {STATE_DONE, STATE_DONE, STATE_ERROR, STATE_NUMBER, STATE_DONE, STATE_DONE, STATE_DONE, STATE_DONE},
    [STATE_STRING] = {STATE_STRING, STATE_STRING, STATE_STRING, STATE_STRING, STATE_DONE, STATE_STRING, STATE_STRING, STATE_ERROR},
    [STATE_SLASH] = {STATE_DONE, STATE_DONE, STATE_DONE, STATE_DONE, STATE_DONE, STATE_LINE, STATE_BLOCK, STATE_DONE},
    [STATE_LINE] = {STATE_LINE, STATE_LINE, STATE_LINE, STATE_LINE, STATE_LINE, STATE_LINE, STATE_LINE, STATE_START},
    [STATE_BLOCK] = {STATE_BLOCK, STATE_BLOCK, STATE_BLOCK, STATE_BLOCK, STATE_BLOCK, STATE_BLOCK, STATE_BLOCK_STAR, STATE_BLOCK},
    [STATE_BLOCK_STAR] = {STATE_BLOCK, STATE_BLOCK, STATE_BLOCK, STATE_BLOCK, STATE_BLOCK, STATE_START, STATE_BLOCK_STAR, STATE_BLOCK},
};

static const char *const keywords[] = {"if", "else", "while", "for", "return", "int", "char", "switch"};
enum { KEYWORDS = sizeof keywords / sizeof *keywords };

#define TABLE_SIZE 64
#define HASH_STEP(hash, c) ((hash) * 31u + (unsigned char)(c))

struct entry {
  char *text;
  unsigned count;
  struct entry *next;
};

struct counts {
  unsigned names, keywords, numbers, strings, operators, errors;
  unsigned long sum;
};

static struct entry *table[TABLE_SIZE];

static inline char_class class_of(int c) {
  if (c == '\n')
    return CLASS_NEWLINE;
  if (isspace(c))
    return CLASS_BLANK;
  if (isalpha(c) || c == '_')
    return CLASS_LETTER;
  if (isdigit(c))
    return CLASS_DIGIT;
  return c == '"' ? CLASS_QUOTE : c == '/' ? CLASS_SLASH : c == '*' ? CLASS_STAR : CLASS_OTHER;
}

static unsigned hash_of(const char *text, size_t length) {
  unsigned hash = 5381;
  for (size_t k = 0; k < length; k++)
    hash = HASH_STEP(hash, text[k]);
  return hash % TABLE_SIZE;
}

static struct entry *find(const char *text, size_t length) {
  struct entry **slot = &table[hash_of(text, length)];
  for (; *slot; slot = &(*slot)->next)
    if (strlen((*slot)->text) == length && strncmp((*slot)->text, text, length) == 0)
      return *slot;
  *slot = calloc(1, sizeof **slot);
  if (!*slot)
    abort();
  (*slot)->text = malloc(length + 1);
  memcpy((*slot)->text, text, length);
  (*slot)->text[length] = 0;
  return *slot;
}

static int is_keyword(const char *text, size_t length) {
  for (int k = 0; k < KEYWORDS; k++) {
    if (strlen(keywords[k]) != length)
      continue;
    if (memcmp(keywords[k], text, length) == 0)
      return 1;
  }
  return 0;
}

static void emit(struct counts *counts, state from, const char *text, size_t length) {
  switch (from) {
  case STATE_NAME:
    if (is_keyword(text, length)) {
      counts->keywords++;
    } else {
      counts->names++;
      find(text, length)->count++;
    }
    break;
  case STATE_NUMBER:
    counts->numbers++;
    counts->sum += strtoul(text, NULL, 10);
    break;
  case STATE_STRING:
    counts->strings++;
    break;
  case STATE_SLASH:
  case STATE_START:
    counts->operators++;
    break;
  case STATE_ERROR:
    counts->errors++;
    break;
  default:
    fprintf(stderr, "state %d\n", from);
    abort();
  }
}

static void tokenize(const char *text, size_t length, struct counts *counts) {
  size_t start = 0, k = 0;
  state current = STATE_START;
  while (k < length) {
    char_class class = class_of((unsigned char)text[k]);
    state next = next_state[current][class];
    if (next == STATE_DONE) {
      if (current == STATE_START || current == STATE_STRING)
        k++;
      emit(counts, current, text + start, k - start);
      start = k;
      current = STATE_START;
      continue;
    }
    if (next == STATE_ERROR) {
      emit(counts, STATE_ERROR, text + start, k - start);
      next = STATE_START;
    }
    if (next == STATE_START)
      start = k + 1;
    current = next;
    k++;
  }
  if (current == STATE_NAME || current == STATE_NUMBER)
    emit(counts, current, text + start, length - start);
  else if (current == STATE_BLOCK || current == STATE_BLOCK_STAR)
    counts->errors++;
}

static int by_count(const void *a, const void *b) {
  const struct entry *left = *(const struct entry *const *)a;
  const struct entry *right = *(const struct entry *const *)b;
  if (left->count != right->count)
    return left->count < right->count ? 1 : -1;
  return strcmp(left->text, right->text);
}

static void report(const struct counts *counts) {
  struct entry *all[256];
  size_t used = 0;
  for (int k = 0; k < TABLE_SIZE; k++)
    for (struct entry *entry = table[k]; entry && used < 256; entry = entry->next)
      all[used++] = entry;
  qsort(all, used, sizeof *all, by_count);
  for (size_t k = 0; k < used && k < 5; k++)
    printf("%s %u\n", all[k]->text, all[k]->count);
  printf("%u names, %u keywords, %u numbers (%lu), %u strings, %u operators", counts->names, counts->keywords,
         counts->numbers, counts->sum, counts->strings, counts->operators);
  if (counts->errors)
    printf(", %u errors", counts->errors);
  putchar('\n');
}

int main(int argc, char **argv) {
  static char text[1 << 16];
  struct counts counts;
  memset(&counts, 0, sizeof counts);
  if (argc > 1 && strcmp(argv[1], "--help") == 0) {
    printf("usage: %s\n", argv[0]);
    return 0;
  }
  tokenize(text, fread(text, 1, sizeof text, stdin), &counts);
  report(&counts);
  return counts.errors > 0;
}
