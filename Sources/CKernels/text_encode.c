// Rows of text to rows of network inputs, in one pass.
#include "text_internal.h"

static const float largest_float = 0x1.fffffep127f;

// The code of a name. Names that are numbers are kept as the eight bytes of a double, so that
// 1, 1.0 and 01 are the same.
static int32_t code_of(const nnk_encode_column *column, nnk_field field, uint8_t decimal) {
  if (!column->has_number_keys)
    return nnk_dictionary_find(column->dictionary, field.bytes, field.count);
  double value;
  const uint8_t *end = field.bytes + field.count;
  if (nnk_text_number_slowly(field.bytes, end, decimal, &value) != NNK_NUMBER) return -1;
  if (value == 0) value = 0;  // also minus zero
  uint8_t key[8];
  memcpy(key, &value, 8);
  return nnk_dictionary_find(column->dictionary, key, 8);
}

static int32_t refuse(nnk_encode_result *result, int32_t status, int32_t found) {
  result->status = status;
  result->found = found;
  return 0;
}

// A number or truth that could not be read as it stands.
static int32_t encode_gap(
    const nnk_encode_column *column, int32_t kind, float *out, nnk_encode_count *counts,
    nnk_encode_result *result) {
  if (kind == NNK_MISSING) {
    if (!column->allows_missing) return refuse(result, NNK_ENCODE_MISSING, kind);
    counts->missing += 1;
  } else {
    if (!column->allows_unreadable) return refuse(result, NNK_ENCODE_UNREADABLE, kind);
    counts->unreadable += 1;
  }
  out[column->output] = column->fill;
  if (column->flag >= 0) out[column->flag] = 1;
  return 1;
}

// Everything but a plain number.
static int32_t encode_name(
    const nnk_encode_column *column, const uint8_t *start, const uint8_t *end, uint8_t decimal,
    void *out, nnk_encode_count *counts, nnk_encode_result *result) {
  nnk_field field = nnk_text_field(start, end);
  int32_t is_missing = nnk_text_is_missing(field.bytes, field.count);
  int32_t fine = 1;
  if (column->kind == NNK_ENCODE_TRUTH) {
    int32_t truth = nnk_text_truth(field.bytes, field.count);
    double value;
    // 0 and 1 are truths too.
    if (truth < 0 && !is_missing &&
        nnk_text_number_slowly(field.bytes, field.bytes + field.count, decimal, &value) == 0 &&
        (value == 0 || value == 1))
      truth = value == 1;
    if (truth >= 0) ((float *)out)[column->output] = (float)truth;
    else fine = encode_gap(column, is_missing ? NNK_MISSING : NNK_TEXT, out, counts, result);
  } else {
    int32_t code;
    if (is_missing) {
      if (!column->allows_missing) fine = refuse(result, NNK_ENCODE_MISSING, NNK_MISSING);
      counts->missing += 1;
      code = column->missing_code;
    } else if ((code = code_of(column, field, decimal)) < 0) {
      if (!column->allows_unknown) fine = refuse(result, NNK_ENCODE_UNKNOWN, NNK_TEXT);
      counts->unknown += 1;
      code = column->unknown_code;
    }
    if (column->kind == NNK_ENCODE_CODE) ((int32_t *)out)[column->output] = code;
    else if (code >= 0) ((float *)out)[column->output + code] = 1;
  }
  nnk_text_field_free(field);
  return fine;
}

nnk_encode_result nnk_text_encode(
    const uint8_t *text, const uint32_t *ends, const uint32_t *starts, size_t rows,
    size_t columns, uint8_t decimal, const nnk_encode_column *list, size_t list_count,
    const nnk_encode_buffer *buffers, size_t buffer_count, nnk_encode_count *counts) {
  nnk_encode_result result = {NNK_ENCODE_OK, 0, 0, 0};
  for (size_t row = 0; row < rows; row++) {
    for (size_t number = 0; number < buffer_count; number++) {
      const nnk_encode_buffer *buffer = &buffers[number];
      if (buffer->row)
        memcpy((uint32_t *)buffer->data + row * buffer->width, buffer->row, 4 * buffer->width);
    }
    for (size_t number = 0; number < list_count; number++) {
      const nnk_encode_column *column = &list[number];
      const nnk_encode_buffer *buffer = &buffers[column->buffer];
      void *out = (uint32_t *)buffer->data + row * buffer->width;
      const uint8_t *start, *end;
      nnk_field_range(text, ends, starts, columns, row, (size_t)column->field, &start, &end);
      int32_t fine;
      if (column->kind == NNK_ENCODE_NUMBER) {
        double value;
        int32_t kind = nnk_number(start, end, decimal, &value);
        float scaled = (float)((value - column->offset) * column->scale);
        if (__builtin_expect(kind == NNK_NUMBER, 1)) {
          // A number far outside the training range may leave float32 when it is scaled.
          if (__builtin_fabsf(scaled) <= largest_float) {
            ((float *)out)[column->output] = scaled;
            continue;
          }
          kind = NNK_TOO_LARGE;
        }
        fine = encode_gap(column, kind, out, &counts[number], &result);
      } else {
        fine = encode_name(column, start, end, decimal, out, &counts[number], &result);
      }
      if (!fine) {
        result.column = (int32_t)number;
        result.row = row;
        return result;
      }
    }
  }
  return result;
}
