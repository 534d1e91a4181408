/* A JSON reader and printer: recursive descent, tagged values, a growing buffer. Reads standard input. */

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum kind { KIND_NULL, KIND_BOOL, KIND_NUMBER, KIND_STRING, KIND_ARRAY, KIND_OBJECT };

struct value {
  enum kind kind;
  union {
    bool boolean;
    double number;
    char *string;
    struct {
      struct member *first;
      size_t count;
    } members;
  } as;
};

struct member {
  char *name;
  struct value value;
  struct member *next;
};

struct reader {
  const char *at;
  const char *end;
  int depth;
  const char *error;
};

static bool read_value(struct reader *reader, struct value *out);

static bool fail(struct reader *reader, const char *what) {
  if (reader->error == NULL)
    reader->error = what;
  return false;
}

static void skip_blanks(struct reader *reader) {
  while (reader->at < reader->end) {
    switch (*reader->at) {
    case ' ':
    case '\t':
    case '\n':
    case '\r':
      reader->at++;
      break;
    default:
      return;
    }
  }
}

static bool expect(struct reader *reader, char wanted) {
  if (reader->at == reader->end || *reader->at != wanted)
    return fail(reader, "something else was expected");
  reader->at++;
  return true;
}

static bool literal(struct reader *reader, const char *word) {
  size_t length = strlen(word);
  if ((size_t)(reader->end - reader->at) < length || memcmp(reader->at, word, length) != 0)
    return fail(reader, "no such word");
  reader->at += length;
  return true;
}

static int hex_digit(char c) {
  if (c >= '0' && c <= '9')
    return c - '0';
  if (c >= 'a' && c <= 'f')
    return c - 'a' + 10;
  if (c >= 'A' && c <= 'F')
    return c - 'A' + 10;
  return -1;
}

static size_t put_utf8(char *out, unsigned code) {
  if (code < 0x80) {
    out[0] = (char)code;
    return 1;
  } else if (code < 0x800) {
    out[0] = (char)(0xc0 | (code >> 6));
    out[1] = (char)(0x80 | (code & 0x3f));
    return 2;
  }
  out[0] = (char)(0xe0 | (code >> 12));
  out[1] = (char)(0x80 | ((code >> 6) & 0x3f));
  out[2] = (char)(0x80 | (code & 0x3f));
  return 3;
}

static bool read_string(struct reader *reader, char **out) {
  char *text, *to;
  if (!expect(reader, '"'))
    return false;
  text = to = malloc((size_t)(reader->end - reader->at) + 1);
  if (text == NULL)
    return fail(reader, "out of memory");
  while (reader->at < reader->end && *reader->at != '"') {
    char c = *reader->at++;
    if (c != '\\') {
      *to++ = c;
      continue;
    }
    if (reader->at == reader->end)
      break;
    switch (*reader->at++) {
    case 'n': *to++ = '\n'; break;
    case 't': *to++ = '\t'; break;
    case 'r': *to++ = '\r'; break;
    case 'b': *to++ = '\b'; break;
    case '"': *to++ = '"'; break;
    case '\\': *to++ = '\\'; break;
    case 'u': {
      unsigned code = 0;
      for (int k = 0; k < 4; k++) {
        int digit = reader->at < reader->end ? hex_digit(*reader->at) : -1;
        if (digit < 0) {
          free(text);
          return fail(reader, "not a hexadecimal digit");
        }
        code = code << 4 | (unsigned)digit;
        reader->at++;
      }
      to += put_utf8(to, code);
      break;
    }
    default:
      free(text);
      return fail(reader, "no such escape");
    }
  }
  *to = 0;
  if (!expect(reader, '"')) {
    free(text);
    return false;
  }
  *out = text;
  return true;
}

static bool read_number(struct reader *reader, struct value *out) {
  double number = 0, scale = 1;
  int sign = 1, exponent = 0, exponent_sign = 1;
  const char *start = reader->at;
  if (reader->at < reader->end && *reader->at == '-') {
    sign = -1;
    reader->at++;
  }
  while (reader->at < reader->end && *reader->at >= '0' && *reader->at <= '9')
    number = number * 10 + (*reader->at++ - '0');
  if (reader->at < reader->end && *reader->at == '.') {
    reader->at++;
    while (reader->at < reader->end && *reader->at >= '0' && *reader->at <= '9') {
      number = number * 10 + (*reader->at++ - '0');
      scale /= 10;
    }
  }
  if (reader->at < reader->end && (*reader->at == 'e' || *reader->at == 'E')) {
    reader->at++;
    if (*reader->at == '-')
      exponent_sign = -1, reader->at++;
    else if (*reader->at == '+')
      reader->at++;
    while (reader->at < reader->end && *reader->at >= '0' && *reader->at <= '9')
      exponent = exponent * 10 + (*reader->at++ - '0');
  }
  if (reader->at == start)
    return fail(reader, "no value");
  for (; exponent > 0; exponent--)
    scale = exponent_sign > 0 ? scale * 10 : scale / 10;
  out->kind = KIND_NUMBER;
  out->as.number = sign * number * scale;
  return true;
}

static bool read_members(struct reader *reader, struct value *out, bool named) {
  struct member **last = &out->as.members.first;
  char close = named ? '}' : ']';
  out->kind = named ? KIND_OBJECT : KIND_ARRAY;
  out->as.members.first = NULL;
  out->as.members.count = 0;
  reader->at++;
  skip_blanks(reader);
  if (reader->at < reader->end && *reader->at == close) {
    reader->at++;
    return true;
  }
  if (++reader->depth > 20)
    return fail(reader, "too deep");
  do {
    struct member *member = calloc(1, sizeof *member);
    if (member == NULL)
      return fail(reader, "out of memory");
    *last = member;
    last = &member->next;
    out->as.members.count++;
    skip_blanks(reader);
    if (named) {
      if (!read_string(reader, &member->name))
        return false;
      skip_blanks(reader);
      if (!expect(reader, ':'))
        return false;
    }
    if (!read_value(reader, &member->value))
      return false;
    skip_blanks(reader);
  } while (reader->at < reader->end && *reader->at == ',' && reader->at++);
  reader->depth--;
  return expect(reader, close);
}

static bool read_value(struct reader *reader, struct value *out) {
  skip_blanks(reader);
  if (reader->at == reader->end)
    return fail(reader, "the end");
  switch (*reader->at) {
  case '{':
    return read_members(reader, out, true);
  case '[':
    return read_members(reader, out, false);
  case '"':
    out->kind = KIND_STRING;
    return read_string(reader, &out->as.string);
  case 't':
    out->kind = KIND_BOOL;
    out->as.boolean = true;
    return literal(reader, "true");
  case 'f':
    out->kind = KIND_BOOL;
    out->as.boolean = false;
    return literal(reader, "false");
  case 'n':
    out->kind = KIND_NULL;
    return literal(reader, "null");
  default:
    return read_number(reader, out);
  }
}

static void print_string(const char *text) {
  putchar('"');
  for (; *text; text++) {
    unsigned char c = (unsigned char)*text;
    if (c == '"' || c == '\\')
      printf("\\%c", c);
    else if (c == '\n')
      fputs("\\n", stdout);
    else if (c < 0x20)
      printf("\\u%04x", c);
    else
      putchar(c);
  }
  putchar('"');
}

static void indent(int depth) {
  for (int k = 0; k < depth; k++)
    fputs("  ", stdout);
}

static void print_value(const struct value *value, int depth) {
  switch (value->kind) {
  case KIND_NULL:
    fputs("null", stdout);
    break;
  case KIND_BOOL:
    fputs(value->as.boolean ? "true" : "false", stdout);
    break;
  case KIND_NUMBER:
    printf("%g", value->as.number);
    break;
  case KIND_STRING:
    print_string(value->as.string);
    break;
  case KIND_ARRAY:
  case KIND_OBJECT: {
    bool named = value->kind == KIND_OBJECT;
    putchar(named ? '{' : '[');
    for (const struct member *member = value->as.members.first; member; member = member->next) {
      putchar('\n');
      indent(depth + 1);
      if (named) {
        print_string(member->name);
        fputs(": ", stdout);
      }
      print_value(&member->value, depth + 1);
      if (member->next)
        putchar(',');
    }
    if (value->as.members.count > 0) {
      putchar('\n');
      indent(depth);
    }
    putchar(named ? '}' : ']');
    break;
  }
  }
}

static void release(struct value *value) {
  if (value->kind == KIND_STRING) {
    free(value->as.string);
  } else if (value->kind == KIND_ARRAY || value->kind == KIND_OBJECT) {
    struct member *next;
    for (struct member *member = value->as.members.first; member; member = next) {
      next = member->next;
      release(&member->value);
      free(member->name);
      free(member);
    }
  }
}

static double sum_of(const struct value *value) {
  double sum = 0;
  if (value->kind == KIND_NUMBER)
    return value->as.number;
  if (value->kind != KIND_ARRAY && value->kind != KIND_OBJECT)
    return 0;
  for (const struct member *member = value->as.members.first; member; member = member->next)
    sum += sum_of(&member->value);
  return sum;
}

int main(void) {
  static char text[1 << 16];
  size_t length = fread(text, 1, sizeof text, stdin);
  struct reader reader = {text, text + length, 0, NULL};
  struct value value = {0};
  if (!read_value(&reader, &value)) {
    printf("error at %d: %s\n", (int)(reader.at - text), reader.error);
    return 1;
  }
  skip_blanks(&reader);
  if (reader.at != reader.end) {
    puts("there is more");
    return 2;
  }
  print_value(&value, 0);
  printf("\nsum %g\n", sum_of(&value));
  release(&value);
  return 0;
}
