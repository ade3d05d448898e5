#include "vectors.h"

#include "common.h"

// Enough elements for a part to be worth giving to another thread.
#define GRAIN 16384

struct vectors {
  const void *x;
  void *y;
  double a, b;
};

struct products_of_elements {
  const void *x, *y;
  void *z;
};

struct columns {
  const void *x;
  void *y;
  ptrdiff_t rows, columns;
};

struct dropout {
  const void *x;
  void *y;
  ptrdiff_t count;
  double scale;
  uint32_t threshold, stream, step_low, step_high, key_low, key_high;
};

#define TEMPLATE "vectors.template.h"
#include "twice.h"

void nnk_add(int type, nnk_pool *pool, const void *x, void *y, ptrdiff_t count) {
  struct vectors vectors = {x, y, 0, 0};
  nnk_for_ranges(pool, count, GRAIN, FOR_TYPE(add), &vectors);
}

void nnk_multiply_elements(
    int type, nnk_pool *pool, const void *x, const void *y, void *z, ptrdiff_t count) {
  struct products_of_elements elements = {x, y, z};
  nnk_for_ranges(pool, count, GRAIN, FOR_TYPE(multiply_elements), &elements);
}

void nnk_scale(int type, nnk_pool *pool, void *x, double factor, ptrdiff_t count) {
  struct vectors vectors = {NULL, x, factor, 0};
  nnk_for_ranges(pool, count, GRAIN, FOR_TYPE(scale), &vectors);
}

void nnk_clamp(int type, nnk_pool *pool, void *x, double limit, ptrdiff_t count) {
  struct vectors vectors = {NULL, x, limit, 0};
  nnk_for_ranges(pool, count, GRAIN, FOR_TYPE(clamp), &vectors);
}

void nnk_fill(int type, void *x, double value, ptrdiff_t count) {
  struct vectors vectors = {NULL, x, value, 0};
  nnk_for_ranges(NULL, count, GRAIN, FOR_TYPE(fill), &vectors);
}

double nnk_sum_of_squares(int type, nnk_pool *pool, const void *x, ptrdiff_t count) {
  struct vectors vectors = {x, NULL, 0, 0};
  return nnk_sum_ranges(pool, count, GRAIN, FOR_TYPE(sum_of_squares), &vectors);
}

double nnk_sum_of_magnitudes(int type, nnk_pool *pool, const void *x, ptrdiff_t count) {
  struct vectors vectors = {x, NULL, 0, 0};
  return nnk_sum_ranges(pool, count, GRAIN, FOR_TYPE(sum_of_magnitudes), &vectors);
}

int nnk_is_finite(int type, nnk_pool *pool, const void *x, ptrdiff_t count) {
  struct vectors vectors = {x, NULL, 0, 0};
  return nnk_sum_ranges(pool, count, GRAIN, FOR_TYPE(count_of_bad_blocks), &vectors) == 0;
}

void nnk_add_penalty(
    int type, nnk_pool *pool, const void *p, double l1, double l2, void *g, ptrdiff_t count) {
  struct vectors vectors = {p, g, l1, l2};
  nnk_for_ranges(pool, count, GRAIN, FOR_TYPE(add_penalty), &vectors);
}

nnk_statistics nnk_statistics_of(int type, const void *x, ptrdiff_t count) {
  return FOR_TYPE(statistics)(x, count);
}

void nnk_add_bias(
    int type, nnk_pool *pool, const void *bias, void *y, ptrdiff_t rows, ptrdiff_t columns) {
  struct columns matrix = {bias, y, rows, columns};
  nnk_for_ranges(pool, rows, grain_of(GRAIN, columns), FOR_TYPE(add_bias), &matrix);
}

void nnk_sum_rows(
    int type, nnk_pool *pool, const void *x, void *sums, ptrdiff_t rows, ptrdiff_t columns) {
  struct columns matrix = {x, sums, rows, columns};
  // Columns are independent of one another: at least a cache line of them per part.
  ptrdiff_t grain = MAX(16, grain_of(GRAIN, rows) / 16 * 16);
  nnk_for_ranges(pool, columns, grain, FOR_TYPE(sum_rows), &matrix);
}

void nnk_dropout(
    int type, nnk_pool *pool, const void *x, void *y, ptrdiff_t count, double rate, uint64_t seed,
    uint32_t stream, uint64_t step) {
  // An element is kept when its word is at least rate·2^32.
  double threshold = ceil(rate * 4294967296.0);
  if (threshold >= 4294967296.0) {
    nnk_fill(type, y, 0, count);
    return;
  }
  struct dropout dropout = {
      x, y, count, 1 / (1 - rate), (uint32_t)threshold, stream, (uint32_t)step,
      (uint32_t)(step >> 32), (uint32_t)seed, (uint32_t)(seed >> 32)};
  nnk_for_ranges(pool, (count + 3) / 4, 1024, FOR_TYPE(dropout), &dropout);
}

// Eight sums, as a vector would hold them, in an order that no machine changes.
static double fixed_dot(const double *x, const double *y, ptrdiff_t count) {
#pragma clang fp contract(off)
  double sums[8] = {0};
  ptrdiff_t whole = count / 8 * 8;
  for (ptrdiff_t i = 0; i < whole; i += 8) {
    for (int lane = 0; lane < 8; lane++) sums[lane] += x[i + lane] * y[i + lane];
  }
  for (ptrdiff_t i = whole; i < count; i++) sums[0] += x[i] * y[i];
  return ((sums[0] + sums[4]) + (sums[1] + sums[5])) + ((sums[2] + sums[6]) + (sums[3] + sums[7]));
}

void nnk_orthonormalize(double *rows, ptrdiff_t count, ptrdiff_t width) {
#pragma clang fp contract(off)
  for (ptrdiff_t r = 0; r < count; r++) {
    double *row = rows + r * width;
    // Twice is enough (Kahan and Parlett).
    for (int turn = 0; turn < 2; turn++) {
      for (ptrdiff_t other = 0; other < r; other++) {
        const double *before = rows + other * width;
        double share = fixed_dot(row, before, width);
        for (ptrdiff_t i = 0; i < width; i++) row[i] -= share * before[i];
      }
    }
    double length = __builtin_sqrt(fixed_dot(row, row, width));
    double factor = length > 0 ? 1 / length : 0;
    for (ptrdiff_t i = 0; i < width; i++) row[i] *= factor;
  }
}
