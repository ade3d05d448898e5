// Where records and fields end.
#include "text_internal.h"

typedef uint8_t bytes64 __attribute__((ext_vector_type(64)));
typedef char signs64 __attribute__((ext_vector_type(64)));
typedef _Bool flags64 __attribute__((ext_vector_type(64)));

// One bit per byte of a comparison, the first byte lowest. A macro: no 64-byte vector may be
// handed to a function that is compiled for several generations.
#define NNK_BITS(mask, comparison)                                \
  do {                                                            \
    flags64 flags_ = __builtin_convertvector((comparison), flags64); \
    memcpy(&(mask), &flags_, 8);                                  \
  } while (0)

// MARK: - Splitting into whole records

typedef struct {
  size_t lines;
  uint64_t zeros;
} nnk_survey;

NNK_CLONES static nnk_survey survey(const uint8_t *text, size_t count, uint8_t newline) {
  nnk_survey result = {0, 0};
  size_t place = 0;
  for (; place + 64 <= count; place += 64) {
    bytes64 bytes;
    memcpy(&bytes, text + place, 64);
    uint64_t lines, zeros;
    NNK_BITS(lines, bytes == newline);
    NNK_BITS(zeros, bytes == 0);
    result.lines += (size_t)__builtin_popcountll(lines);
    result.zeros |= zeros;
  }
  for (; place < count; place++) {
    result.lines += text[place] == newline;
    result.zeros |= text[place] == 0;
  }
  return result;
}

size_t nnk_text_count_lines(const uint8_t *text, size_t count, uint8_t newline) {
  return survey(text, count, newline).lines;
}

// One past the last newline of a range, or its start.
static size_t after_last(const uint8_t *text, size_t from, size_t to, uint8_t newline) {
  while (to > from && text[to - 1] != newline) to -= 1;
  return to;
}

// Whether a quote opens a field: nothing but blanks lies between it and a separator.
static int opens(const uint8_t *text, size_t place, nnk_dialect dialect) {
  while (place > 0 && text[place - 1] == ' ') place -= 1;
  return place == 0 || text[place - 1] == dialect.delimiter ||
         text[place - 1] == dialect.newline;
}

// The place of the quote that closes a field opened before `place`, or `count`.
static size_t closing(const uint8_t *text, size_t place, size_t count) {
  while (place < count) {
    const uint8_t *quote = memchr(text + place, '"', count - place);
    if (!quote) return count;
    place = (size_t)(quote - text);
    if (place + 1 >= count || text[place + 1] != '"') return place;
    place += 2;
  }
  return count;
}

nnk_split nnk_text_split(
    const uint8_t *text, size_t count, nnk_dialect dialect, int32_t is_last) {
  nnk_split result = {0, 0, 0, NNK_TEXT_OK};
  size_t place = 0;
  while (place < count) {
    const uint8_t *quote = memchr(text + place, '"', count - place);
    size_t plain_end = quote ? (size_t)(quote - text) : count;
    size_t after = after_last(text, place, plain_end, dialect.newline);
    if (after > place) result.end = after;
    if (!quote) break;
    place = plain_end + 1;
    if (!opens(text, plain_end, dialect)) continue;
    place = closing(text, place, count);
    if (place + 1 >= count) {
      // At the very end of what was read, another quote may still follow.
      if (is_last) {
        result.status = NNK_TEXT_OPEN_QUOTE;
        result.position = plain_end;
      }
      break;
    }
    place += 1;
  }
  nnk_survey seen = survey(text, result.end, dialect.newline);
  result.lines = seen.lines;
  if (seen.zeros) {
    const uint8_t *zero = memchr(text, 0, result.end);
    result.status = NNK_TEXT_NUL;
    result.position = zero ? (size_t)(zero - text) : 0;
  }
  return result;
}

// MARK: - Indexing fields

// Byte by byte: for texts with blanks around quotes, quotes inside plain fields, or mistakes.
static nnk_index index_slowly(
    const uint8_t *text, size_t count, nnk_dialect dialect, uint32_t *ends) {
  nnk_index result = {0, 0, 0, NNK_TEXT_OK};
  for (size_t place = 0; place < count; place++) {
    uint8_t byte = text[place];
    if (byte == '"' && opens(text, place, dialect)) {
      size_t close = closing(text, place + 1, count);
      if (close == count) {
        result.status = NNK_TEXT_OPEN_QUOTE;
        result.position = place;
        return result;
      }
      size_t next = close + 1;
      while (next < count && (text[next] == ' ' || text[next] == '\r')) next += 1;
      if (next < count && text[next] != dialect.delimiter && text[next] != dialect.newline) {
        result.status = NNK_TEXT_AFTER_QUOTE;
        result.position = close + 1;
        return result;
      }
      place = close;
    } else if (byte == dialect.delimiter || byte == dialect.newline) {
      ends[result.separators++] = (uint32_t)place;
      result.newlines += byte == dialect.newline;
    }
  }
  return result;
}

// Appends the place of every set bit. Writes eight at a time, so up to seven too many.
NNK_INLINE uint32_t *append_places(uint32_t *ends, uint64_t bits, uint32_t base) {
  int found = __builtin_popcountll(bits);
  uint32_t *next = ends + found;
  for (;;) {
    for (int slot = 0; slot < 8; slot++) {
      ends[slot] = base + (uint32_t)__builtin_ctzll(bits | ((uint64_t)1 << 63));
      bits &= bits - 1;
    }
    found -= 8;
    if (found <= 0) return next;
    ends += 8;
  }
}

// The exclusive-or of each bit with all bits below it: set from an opening quote up to, not
// including, its closing one.
NNK_INLINE uint64_t inside_quotes(uint64_t quotes) {
  for (int shift = 1; shift < 64; shift *= 2) quotes ^= quotes << shift;
  return quotes;
}

NNK_CLONES static nnk_index index_fast(
    const uint8_t *text, size_t count, nnk_dialect dialect, uint32_t *ends) {
  nnk_index result = {0, 0, 0, NNK_TEXT_OK};
  uint32_t *next = ends;
  uint64_t inside = 0;         // all ones when the group starts inside quotes
  uint64_t may_open = 1;       // bit 0: the byte before the group was a separator or quote
  uint64_t must_separate = 0;  // bit 0: the byte before the group was a closing quote
  for (size_t base = 0; base < count; base += 64) {
    bytes64 bytes;
    memcpy(&bytes, text + base, 64);
    uint64_t delimiters, newlines, quotes;
    NNK_BITS(delimiters, bytes == dialect.delimiter);
    NNK_BITS(newlines, bytes == dialect.newline);
    NNK_BITS(quotes, bytes == '"');
    if (count - base < 64) {
      uint64_t valid = ((uint64_t)1 << (count - base)) - 1;
      delimiters &= valid;
      newlines &= valid;
      quotes &= valid;
    }
    uint64_t separators = delimiters | newlines;
    uint64_t marks = separators | quotes;
    if (quotes | inside | must_separate) {
      uint64_t returns;
      NNK_BITS(returns, bytes == '\r');
      uint64_t within = inside_quotes(quotes) ^ inside;
      uint64_t opening = quotes & within;
      uint64_t closing = quotes & ~within;
      uint64_t wrong = (opening & ~(marks << 1 | may_open)) |
                       ((closing << 1 | must_separate) & ~(marks | returns));
      // Past the end nothing needs to follow.
      if (count - base < 64) wrong &= ((uint64_t)1 << (count - base)) - 1;
      if (wrong) {
        result.status = NNK_TEXT_AFTER_QUOTE;
        return result;
      }
      must_separate = closing >> 63;
      separators &= ~within;
      newlines &= ~within;
      inside = (uint64_t)((int64_t)within >> 63);
    }
    may_open = marks >> 63;
    result.newlines += (size_t)__builtin_popcountll(newlines);
    next = append_places(next, separators, (uint32_t)base);
  }
  if (inside) result.status = NNK_TEXT_OPEN_QUOTE;
  result.separators = (size_t)(next - ends);
  return result;
}

nnk_index nnk_text_index(
    const uint8_t *text, size_t count, nnk_dialect dialect, uint32_t *ends) {
  nnk_index result = index_fast(text, count, dialect, ends);
  // What the fast way refuses may be right all the same; the slow way also knows where it is.
  return result.status == NNK_TEXT_OK ? result : index_slowly(text, count, dialect, ends);
}

// MARK: - Rows

static int is_blank(const uint8_t *text, size_t from, size_t to) {
  for (; from < to; from++)
    if (text[from] != ' ' && text[from] != '\t' && text[from] != '\r') return 0;
  return 1;
}

nnk_rows nnk_text_rows(
    const uint8_t *text, nnk_dialect dialect, uint32_t *ends, size_t separators,
    size_t newlines, size_t columns, uint32_t *starts) {
  nnk_rows result = {.status = NNK_TEXT_OK};
  if (columns > 1 && separators == newlines * columns) {
    // As many newlines as rows, one at each row's end: then there is none elsewhere.
    uint32_t start = 0;
    size_t row = 0;
    for (; row < newlines; row++) {
      uint32_t end = ends[(row + 1) * columns - 1];
      if (text[end] != dialect.newline) break;
      starts[row] = start;
      start = end + 1;
    }
    if (row == newlines) {
      result.rows = newlines;
      return result;
    }
  }
  size_t kept = 0;
  size_t start = 0;
  for (size_t first = 0; first < separators;) {
    size_t last = first;
    while (text[ends[last]] != dialect.newline) last += 1;
    size_t fields = last - first + 1;
    if (fields == 1 && is_blank(text, start, ends[last])) {
      if (result.empty < NNK_EMPTY_PLACES) result.empty_at[result.empty] = start;
      result.empty += 1;
    } else if (fields != columns) {
      result.status = NNK_TEXT_RAGGED;
      result.position = start;
      result.found = fields;
      return result;
    } else {
      starts[result.rows++] = (uint32_t)start;
      memmove(ends + kept, ends + first, fields * sizeof *ends);
      kept += fields;
    }
    start = (size_t)ends[last] + 1;
    first = last + 1;
  }
  return result;
}
