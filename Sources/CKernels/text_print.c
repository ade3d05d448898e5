// Rows of outputs to CSV or JSON lines.
#include "text_float.h"

size_t nnk_text_print_bound(
    const nnk_piece *pieces, size_t piece_count, const nnk_bytes *names, size_t name_count,
    size_t rows, size_t text_count) {
  size_t longest = 0, all = 0, row_bound = 0, field_count = 0;
  for (size_t name = 0; name < name_count; name++) {
    if (names[name].count > longest) longest = names[name].count;
    all += names[name].count + 1;
  }
  for (size_t number = 0; number < piece_count; number++) {
    const nnk_piece *piece = &pieces[number];
    row_bound += piece->literal_count + 8;
    if (piece->kind == NNK_PIECE_CLASS) row_bound += longest;
    if (piece->kind == NNK_PIECE_LABELS) row_bound += all;
    if (piece->kind == NNK_PIECE_NUMBER) row_bound += 32;
    field_count += piece->kind == NNK_PIECE_FIELD || piece->kind == NNK_PIECE_JSON_FIELD;
  }
  // One byte of a field becomes at most six: \u001f.
  return rows * row_bound + 6 * field_count * text_count + 64;
}

// Appends bytes; short ones as one word, because there is room before and behind.
NNK_INLINE uint8_t *put(uint8_t *out, const uint8_t *bytes, size_t count) {
  if (count <= 8) memcpy(out, bytes, 8);
  else memcpy(out, bytes, count);
  return out + count;
}

static uint8_t *put_field(
    uint8_t *out, const uint8_t *start, const uint8_t *end, uint8_t delimiter) {
  size_t count = (size_t)(end - start);
  int is_quoted = count >= 2 && *start == '"' && end[-1] == '"';
  int needs_quotes = 0;
  if (!is_quoted)
    for (size_t place = 0; place < count; place++)
      needs_quotes |= start[place] == delimiter || start[place] == '"' ||
                      start[place] == '\n' || start[place] == '\r';
  if (!needs_quotes) return put(out, start, count);
  *out++ = '"';
  for (; start < end; start++) {
    if (*start == '"') *out++ = '"';
    *out++ = *start;
  }
  *out++ = '"';
  return out;
}

// Whether bytes are a number as JSON writes them.
static int is_json_number(const uint8_t *place, const uint8_t *end) {
  place += place < end && *place == '-';
  const uint8_t *digits = place;
  while (place < end && *place >= '0' && *place <= '9') place += 1;
  if (place == digits || (*digits == '0' && place - digits > 1)) return 0;
  if (place < end && *place == '.') {
    digits = ++place;
    while (place < end && *place >= '0' && *place <= '9') place += 1;
    if (place == digits) return 0;
  }
  if (place < end && (*place == 'e' || *place == 'E')) {
    place += 1;
    place += place < end && (*place == '-' || *place == '+');
    digits = place;
    while (place < end && *place >= '0' && *place <= '9') place += 1;
    if (place == digits) return 0;
  }
  return place == end;
}

static uint8_t *put_json_field(uint8_t *out, const uint8_t *start, const uint8_t *end) {
  nnk_field field = nnk_text_field(start, end);
  int is_quoted = field.bytes > start && field.bytes[-1] == '"';
  if (field.count == 0 && !is_quoted) {
    out = put(out, (const uint8_t *)"null    ", 4);
  } else if (!is_quoted && is_json_number(field.bytes, field.bytes + field.count)) {
    out = put(out, field.bytes, field.count);
  } else {
    *out++ = '"';
    for (size_t place = 0; place < field.count; place++) {
      uint8_t byte = field.bytes[place];
      if (byte == '"' || byte == '\\') {
        *out++ = '\\';
        *out++ = byte;
      } else if (byte < 0x20) {
        static const char hex[] = "0123456789abcdef";
        out = put(out, (const uint8_t *)"\\u00    ", 4);
        *out++ = (uint8_t)hex[byte >> 4];
        *out++ = (uint8_t)hex[byte & 15];
      } else {
        *out++ = byte;
      }
    }
    *out++ = '"';
  }
  nnk_text_field_free(field);
  return out;
}

NNK_INLINE size_t largest_of(const float *outputs, size_t width) {
  size_t largest = 0;
  float value = outputs[0];
  for (size_t place = 1; place < width; place++) {
    int is_larger = outputs[place] > value;
    largest = is_larger ? place : largest;
    value = is_larger ? outputs[place] : value;
  }
  return largest;
}

NNK_CLONES size_t nnk_text_print_rows(
    const nnk_piece *pieces, size_t piece_count, const nnk_bytes *names, size_t name_count,
    const float *outputs, size_t width, size_t rows, const uint8_t *text, const uint32_t *ends,
    const uint32_t *starts, size_t columns, uint8_t delimiter, int32_t is_json, uint8_t *out) {
  uint8_t *first = out;
  for (size_t row = 0; row < rows; row++, outputs += width) {
    for (size_t number = 0; number < piece_count; number++) {
      const nnk_piece *piece = &pieces[number];
      if (piece->literal_count) out = put(out, piece->literal, piece->literal_count);
      const uint8_t *start, *end;
      switch (piece->kind) {
        case NNK_PIECE_CLASS: {
          const float *first_output = outputs + piece->index;
          size_t best = piece->index + largest_of(first_output, (size_t)piece->count);
          if (best < name_count) out = put(out, names[best].bytes, names[best].count);
          break;
        }
        case NNK_PIECE_LABELS: {
          int is_first = 1;
          for (int32_t label = piece->index; label < piece->index + piece->count; label++) {
            if (!(outputs[label] >= 0.5f) || (size_t)label >= name_count) continue;
            if (!is_first) *out++ = (uint8_t)piece->separator;
            is_first = 0;
            out = put(out, names[label].bytes, names[label].count);
          }
          break;
        }
        case NNK_PIECE_NUMBER: {
          float value = outputs[piece->index];
          if (piece->scale != 1 || piece->offset != 0)
            value = (float)(value * piece->scale + piece->offset);
          if (is_json && !(__builtin_fabsf(value) <= 0x1.fffffep127f))
            out = put(out, (const uint8_t *)"null    ", 4);
          else
            out = nnk_print_float(value, out);
          break;
        }
        case NNK_PIECE_FIELD:
        case NNK_PIECE_JSON_FIELD:
          nnk_field_range(
              text, ends, starts, columns, row, (size_t)piece->index, &start, &end);
          out = piece->kind == NNK_PIECE_FIELD ? put_field(out, start, end, delimiter)
                                               : put_json_field(out, start, end);
          break;
        default: break;
      }
    }
  }
  return (size_t)(out - first);
}
