// The content of a field, and the words that are not what they look like.
#include <stdlib.h>

#include "text_internal.h"

static int is_space(uint8_t byte) { return byte == ' ' || byte == '\t' || byte == '\r'; }

nnk_field nnk_text_field(const uint8_t *start, const uint8_t *end) {
  while (start < end && is_space(*start)) start += 1;
  while (end > start && is_space(end[-1])) end -= 1;
  nnk_field field = {start, (size_t)(end - start), NULL};
  if (field.count < 2 || *start != '"' || end[-1] != '"') return field;
  field.bytes += 1;
  field.count -= 2;
  if (!memchr(field.bytes, '"', field.count)) return field;
  uint8_t *single = malloc(field.count);
  if (!single) return field;
  size_t count = 0;
  for (size_t place = 0; place < field.count; place++) {
    single[count++] = field.bytes[place];
    if (field.bytes[place] == '"' && place + 1 < field.count && field.bytes[place + 1] == '"')
      place += 1;
  }
  return (nnk_field){single, count, single};
}

void nnk_text_field_free(nnk_field field) { free(field.owned); }

static int is_word(const uint8_t *bytes, size_t count, const char *word) {
  if (strlen(word) != count) return 0;
  for (size_t place = 0; place < count; place++) {
    uint8_t byte = bytes[place];
    if (byte >= 'A' && byte <= 'Z') byte += 'a' - 'A';
    if (byte != (uint8_t)word[place]) return 0;
  }
  return 1;
}

int32_t nnk_text_is_missing(const uint8_t *bytes, size_t count) {
  if (count == 0) return 1;
  if (count > 4) return 0;
  static const char *const words[] = {"na", "n/a", "nan", "null", "none", "?", "-", "#n/a", "<na>"};
  for (size_t word = 0; word < sizeof words / sizeof *words; word++)
    if (is_word(bytes, count, words[word])) return 1;
  return 0;
}

int32_t nnk_text_truth(const uint8_t *bytes, size_t count) {
  if (count == 0 || count > 5) return -1;
  static const char *const truths[] = {"true", "yes", "t", "y"};
  static const char *const falsehoods[] = {"false", "no", "f", "n"};
  for (int word = 0; word < 4; word++) {
    if (is_word(bytes, count, truths[word])) return 1;
    if (is_word(bytes, count, falsehoods[word])) return 0;
  }
  return -1;
}

int32_t nnk_text_is_infinite(const uint8_t *bytes, size_t count) {
  if (count > 0 && (*bytes == '-' || *bytes == '+')) {
    bytes += 1;
    count -= 1;
  }
  return is_word(bytes, count, "inf") || is_word(bytes, count, "infinity");
}
