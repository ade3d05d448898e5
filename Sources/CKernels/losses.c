#include "losses.h"

#include "common.h"

struct loss {
  const void *p, *t, *class_weights, *row_weights;
  void *gradient;
  const int32_t *labels;
  double parameter, other, factor;
  int kind;
  ptrdiff_t columns;
};

#define TEMPLATE "losses.template.h"
#include "twice.h"

// The number of elements that are added up in one go: fixed, since the sum depends on it.
#define GRAIN 8192

double nnk_regression_loss(
    int type, nnk_pool *pool, int kind, double parameter, const void *predictions,
    const void *targets, const void *row_weights, double factor, void *gradient, ptrdiff_t rows,
    ptrdiff_t columns) {
  struct loss loss = {
      .p = predictions, .t = targets, .row_weights = row_weights, .gradient = gradient,
      .parameter = parameter, .factor = factor, .kind = kind, .columns = columns};
  return nnk_sum_ranges(pool, rows, grain_of(GRAIN, columns), FOR_TYPE(regression), &loss);
}

double nnk_cross_entropy(
    int type, nnk_pool *pool, const void *logits, const int32_t *labels, const void *class_weights,
    const void *row_weights, double smoothing, double factor, void *gradient, ptrdiff_t rows,
    ptrdiff_t classes) {
  struct loss loss = {
      .p = logits, .class_weights = class_weights, .row_weights = row_weights,
      .gradient = gradient, .labels = labels, .parameter = smoothing, .factor = factor,
      .columns = classes};
  return nnk_sum_ranges(pool, rows, grain_of(GRAIN, classes), FOR_TYPE(cross_entropy), &loss);
}

double nnk_cross_entropy_weight(
    int type, const int32_t *labels, const void *class_weights, const void *row_weights,
    ptrdiff_t rows) {
  return type ? cross_entropy_weight_f64(labels, class_weights, row_weights, rows)
              : cross_entropy_weight_f32(labels, class_weights, row_weights, rows);
}

double nnk_binary_cross_entropy(
    int type, nnk_pool *pool, const void *logits, const void *targets, double positive_weight,
    const void *row_weights, double factor, void *gradient, ptrdiff_t rows, ptrdiff_t columns) {
  struct loss loss = {
      .p = logits, .t = targets, .row_weights = row_weights, .gradient = gradient,
      .parameter = positive_weight, .factor = factor, .columns = columns};
  return nnk_sum_ranges(
      pool, rows, grain_of(GRAIN, columns), FOR_TYPE(binary_cross_entropy), &loss);
}

double nnk_focal(
    int type, nnk_pool *pool, const void *logits, const int32_t *labels, double gamma,
    const void *class_weights, const void *row_weights, double factor, void *gradient,
    ptrdiff_t rows, ptrdiff_t classes) {
  struct loss loss = {
      .p = logits, .class_weights = class_weights, .row_weights = row_weights,
      .gradient = gradient, .labels = labels, .parameter = gamma, .factor = factor,
      .columns = classes};
  return nnk_sum_ranges(pool, rows, grain_of(GRAIN, classes), FOR_TYPE(focal), &loss);
}

double nnk_binary_focal(
    int type, nnk_pool *pool, const void *logits, const void *targets, double gamma, double alpha,
    const void *row_weights, double factor, void *gradient, ptrdiff_t rows, ptrdiff_t columns) {
  struct loss loss = {
      .p = logits, .t = targets, .row_weights = row_weights, .gradient = gradient,
      .parameter = gamma, .other = alpha, .factor = factor, .columns = columns};
  return nnk_sum_ranges(pool, rows, grain_of(GRAIN, columns), FOR_TYPE(binary_focal), &loss);
}
