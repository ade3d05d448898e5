#include "normalization.h"

#include "common.h"

struct normalization {
  const void *x, *scale, *shift, *mean_in, *inverse_in, *dy;
  void *mean, *inverse, *dscale, *dshift, *out;
  double epsilon;
  ptrdiff_t rows, columns;
};

#define TEMPLATE "normalization.template.h"
#include "twice.h"

// Strips of columns are independent of one another: at least a cache line of them per part, at
// most so many that every thread has some.
static ptrdiff_t strip_grain(const nnk_pool *pool, ptrdiff_t rows, ptrdiff_t columns) {
  ptrdiff_t share = columns / nnk_pool_thread_count(pool);
  ptrdiff_t useful = grain_of(8192, rows);
  return MAX(16, (MAX(useful, MIN(share, 64)) + 15) / 16 * 16);
}

void nnk_batch_normalize(
    int type, nnk_pool *pool, const void *x, const void *scale, const void *shift, double epsilon,
    void *mean, void *inverse, void *y, ptrdiff_t rows, ptrdiff_t columns) {
  struct normalization n = {
      .x = x, .scale = scale, .shift = shift, .mean = mean, .inverse = inverse, .out = y,
      .epsilon = epsilon, .rows = rows, .columns = columns};
  nnk_for_ranges(
      pool, columns, strip_grain(pool, rows, columns), FOR_TYPE(batch_normalize), &n);
}

void nnk_normalize(
    int type, nnk_pool *pool, const void *x, const void *scale, const void *shift,
    const void *mean, const void *variance, double epsilon, void *y, ptrdiff_t rows,
    ptrdiff_t columns) {
  struct normalization n = {
      .x = x, .scale = scale, .shift = shift, .mean_in = mean, .inverse_in = variance, .out = y,
      .epsilon = epsilon, .rows = rows, .columns = columns};
  nnk_for_ranges(pool, rows, grain_of(8192, columns), FOR_TYPE(normalize), &n);
}

void nnk_update_running(
    int type, const void *mean, const void *inverse, ptrdiff_t rows, double epsilon,
    double momentum, int unbiased, void *running_mean, void *running_variance,
    ptrdiff_t columns) {
  double correction = unbiased && rows > 1 ? (double)rows / (double)(rows - 1) : 1;
  if (type) {
    update_running_f64(
        mean, inverse, epsilon, momentum, correction, running_mean, running_variance, columns);
  } else {
    update_running_f32(
        mean, inverse, epsilon, momentum, correction, running_mean, running_variance, columns);
  }
}

void nnk_batch_normalize_gradient(
    int type, nnk_pool *pool, const void *x, const void *scale, const void *mean,
    const void *inverse, const void *dy, void *dscale, void *dshift, void *dx, ptrdiff_t rows,
    ptrdiff_t columns) {
  struct normalization n = {
      .x = x, .scale = scale, .mean_in = mean, .inverse_in = inverse, .dy = dy, .dscale = dscale,
      .dshift = dshift, .out = dx, .rows = rows, .columns = columns};
  nnk_for_ranges(
      pool, columns, strip_grain(pool, rows, columns), FOR_TYPE(batch_normalize_gradient), &n);
}

void nnk_layer_normalize(
    int type, nnk_pool *pool, const void *x, const void *scale, const void *shift, double epsilon,
    void *mean, void *inverse, void *y, ptrdiff_t rows, ptrdiff_t columns) {
  struct normalization n = {
      .x = x, .scale = scale, .shift = shift, .mean = mean, .inverse = inverse, .out = y,
      .epsilon = epsilon, .rows = rows, .columns = columns};
  nnk_for_ranges(pool, rows, grain_of(8192, columns), FOR_TYPE(layer_normalize), &n);
}

void nnk_layer_normalize_gradient(
    int type, nnk_pool *pool, const void *x, const void *scale, const void *mean,
    const void *inverse, const void *dy, void *dscale, void *dshift, void *dx, ptrdiff_t rows,
    ptrdiff_t columns) {
  struct normalization n = {
      .x = x, .scale = scale, .mean_in = mean, .inverse_in = inverse, .dy = dy, .dscale = dscale,
      .dshift = dshift, .out = dx, .rows = rows, .columns = columns};
  // First the sums over rows, by columns; then the rows, since dx may be dy.
  if (dscale || dshift) {
    nnk_for_ranges(
        pool, columns, strip_grain(pool, rows, columns), FOR_TYPE(layer_parameter_gradient), &n);
  }
  if (dx) {
    nnk_for_ranges(
        pool, rows, grain_of(8192, columns), FOR_TYPE(layer_input_gradient), &n);
  }
}
