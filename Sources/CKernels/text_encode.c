// Rows of text to rows of network inputs, in one pass.
//
// Plain numbers, which most fields are, are read eight columns at a time; what is longer than
// eight characters or no plain number is read one by one. Each pass goes over all rows, and after
// a refusal the next pass ends at its row, so that the first row that is wrong is found.
#include "text_internal.h"

static const float largest_float = 0x1.fffffep127f;

typedef uint64_t words8 __attribute__((ext_vector_type(8)));
typedef int64_t integers8 __attribute__((ext_vector_type(8)));
typedef int32_t halves8 __attribute__((ext_vector_type(8)));
typedef double doubles8 __attribute__((ext_vector_type(8)));
typedef float floats8 __attribute__((ext_vector_type(8)));
typedef _Bool flags8 __attribute__((ext_vector_type(8)));

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

// MARK: - Numbers, eight columns at a time

// Up to eight number columns of one buffer. Lanes beyond `count` repeat the last column.
typedef struct {
  uint32_t before[8];  // the separator before the field, in the row's ends
  uint32_t after[8];   // the one after it
  uint64_t is_first[8], is_last[8];
  doubles8 offset, scale;
  int32_t output[8];
  size_t count, first_column;
  int32_t is_contiguous;
} number_group;

static number_group make_group(
    const nnk_encode_column *list, size_t first, size_t count, size_t columns) {
  number_group group;
  memset(&group, 0, sizeof group);
  group.count = count;
  group.first_column = first;
  group.is_contiguous = count == 8;
  for (size_t lane = 0; lane < 8; lane++) {
    const nnk_encode_column *column = &list[first + (lane < count ? lane : count - 1)];
    group.is_first[lane] = column->field == 0;
    group.is_last[lane] = (size_t)column->field + 1 == columns;
    group.after[lane] = (uint32_t)column->field;
    group.before[lane] = column->field == 0 ? 0 : (uint32_t)column->field - 1;
    group.offset[lane] = column->offset;
    group.scale[lane] = column->scale;
    group.output[lane] = column->output;
    if (column->output != group.output[0] + (int32_t)lane) group.is_contiguous = 0;
  }
  return group;
}

// One number by itself: long, missing, wrong or too large when scaled.
static __attribute__((noinline)) int32_t encode_number(
    const nnk_encode_column *column, const uint8_t *start, const uint8_t *end, uint8_t decimal,
    float *out, nnk_encode_count *counts, nnk_encode_result *result) {
  double value;
  int32_t kind = nnk_number(start, end, decimal, &value);
  if (kind == NNK_NUMBER) {
    float scaled = (float)((value - column->offset) * column->scale);
    out[column->output] = scaled;
    // A number far outside the training range may leave float32 when it is scaled.
    if (__builtin_fabsf(scaled) <= largest_float) return 1;
    kind = NNK_TOO_LARGE;
  }
  return encode_gap(column, kind, out, counts, result);
}

// Encodes a group in all rows; returns the number of rows done before a refusal.
NNK_CLONES static size_t encode_group(
    const uint8_t *text, const uint32_t *ends, const uint32_t *starts, size_t rows,
    size_t columns, uint8_t decimal, const number_group *group, const nnk_encode_column *list,
    float *out, size_t width, nnk_encode_count *counts, nnk_encode_result *result) {
  const words8 ones = 0x0101010101010101, highs = 0x8080808080808080;
  const words8 points = ones * (uint64_t)(decimal ^ 0x30);
  for (size_t row = 0; row < rows; row++, ends += columns, out += width) {
    uint64_t start[8], end[8];
    words8 count, negative, high;
    for (int lane = 0; lane < 8; lane++) {
      uint64_t from = group->is_first[lane] ? starts[row] : (uint64_t)ends[group->before[lane]] + 1;
      uint64_t to = ends[group->after[lane]];
      to -= group->is_last[lane] & ((text - 1)[to] == '\r');
      start[lane] = from;
      end[lane] = to;
      negative[lane] = text[from] == '-';
      count[lane] = to - from;
      high[lane] = nnk_load8(text + to - 8);
    }
    count -= negative;
    // The same steps as `nnk_number`, for at most eight characters after the sign.
    high = (high ^ 0x3030303030303030) & (~(words8)0 << ((64 - 8 * count) & 63));
    words8 found = high ^ points;
    found = (found - ones) & ~found & highs;
    found &= -found;
    words8 place = found >> 7;  // 1 in the byte of the point, or 0
    words8 digits = (high & -(found << 1)) | ((high & (place - 1)) << 8);
    digits = place == 0 ? high : digits;
    // The byte of this constant that the point's byte selects is the number of digits after it.
    words8 fraction = (place * 0x0706050403020100) >> 56;
    words8 wrong = ((digits + 0x7676767676767676) | digits) & highs;
    digits = digits * 10 + (digits >> 8);
    digits = (((digits & 0x000000FF000000FF) * 0x000F424000000064) +
              (((digits >> 16) & 0x000000FF000000FF) * 0x0000271000000001)) >> 32;
    doubles8 power;
    for (int lane = 0; lane < 8; lane++) power[lane] = nnk_powers_of_ten[fraction[lane]];
    doubles8 magnitude =
        __builtin_convertvector(__builtin_convertvector(digits, halves8), doubles8) / power;
    words8 bits;
    memcpy(&bits, &magnitude, sizeof bits);
    bits |= negative << 63;
    doubles8 value;
    memcpy(&value, &bits, sizeof value);
    floats8 scaled = __builtin_convertvector((value - group->offset) * group->scale, floats8);
    // A lone point, a lone sign, an empty or a long field, or something that is no digit.
    integers8 odd = (count - 1 > 7) | (wrong != 0) | ((place != 0) & (count == 1));
    halves8 large = !(__builtin_elementwise_abs(scaled) <= largest_float);
    flags8 odd_flags = __builtin_convertvector(odd, flags8);
    flags8 large_flags = __builtin_convertvector(large, flags8);
    uint8_t odd_bits, large_bits;
    memcpy(&odd_bits, &odd_flags, 1);
    memcpy(&large_bits, &large_flags, 1);
    if (group->is_contiguous) {
      memcpy(out + group->output[0], &scaled, sizeof scaled);
    } else {
      for (size_t lane = 0; lane < group->count; lane++) out[group->output[lane]] = scaled[lane];
    }
    uint32_t left = (uint32_t)(odd_bits | large_bits) & ((1u << group->count) - 1);
    for (; __builtin_expect(left != 0, 0); left &= left - 1) {
      size_t lane = (size_t)__builtin_ctz(left);
      size_t number = group->first_column + lane;
      if (!encode_number(
              &list[number], text + start[lane], text + end[lane], decimal, out,
              &counts[number], result)) {
        result->column = (int32_t)number;
        result->row = row;
        return row;
      }
    }
  }
  return rows;
}

// MARK: - All columns

nnk_encode_result nnk_text_encode(
    const uint8_t *text, const uint32_t *ends, const uint32_t *starts, size_t rows,
    size_t columns, uint8_t decimal, const nnk_encode_column *list, size_t list_count,
    const nnk_encode_buffer *buffers, size_t buffer_count, nnk_encode_count *counts) {
  nnk_encode_result result = {NNK_ENCODE_OK, 0, 0, 0};
  for (size_t number = 0; number < buffer_count; number++) {
    const nnk_encode_buffer *buffer = &buffers[number];
    if (!buffer->row) continue;
    for (size_t row = 0; row < rows; row++)
      memcpy((uint32_t *)buffer->data + row * buffer->width, buffer->row, 4 * buffer->width);
  }
  for (size_t number = 0; number < list_count;) {
    const nnk_encode_column *column = &list[number];
    const nnk_encode_buffer *buffer = &buffers[column->buffer];
    if (column->kind == NNK_ENCODE_NUMBER) {
      size_t count = 1;
      while (count < 8 && number + count < list_count && column[count].kind == column->kind &&
             column[count].buffer == column->buffer)
        count += 1;
      number_group group = make_group(list, number, count, columns);
      rows = encode_group(
          text, ends, starts, rows, columns, decimal, &group, list, buffer->data, buffer->width,
          counts, &result);
      number += count;
      continue;
    }
    for (size_t row = 0; row < rows; row++) {
      void *out = (uint32_t *)buffer->data + row * buffer->width;
      const uint8_t *start, *end;
      nnk_field_range(text, ends, starts, columns, row, (size_t)column->field, &start, &end);
      if (!encode_name(column, start, end, decimal, out, &counts[number], &result)) {
        result.column = (int32_t)number;
        result.row = row;
        rows = row;
      }
    }
    number += 1;
  }
  return result;
}
