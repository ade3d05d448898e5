#include "optimizers.h"

#include "common.h"

#define GRAIN 16384

struct optimizer {
  void *p;
  const void *g;
  void *first, *second;
  double rate, momentum, smoothing, epsilon, decay, factor, shrinkage, root_correction;
  int nesterov, first_step;
};

#define TEMPLATE "optimizers.template.h"
#include "twice.h"

void nnk_sgd(
    int type, nnk_pool *pool, void *p, const void *g, void *velocity, double rate, double momentum,
    int nesterov, int first_step, double decay, double factor, ptrdiff_t count) {
  struct optimizer o = {
      .p = p, .g = g, .first = velocity, .rate = rate, .momentum = momentum, .decay = decay,
      .factor = factor, .nesterov = nesterov, .first_step = first_step};
  nnk_for_ranges(pool, count, GRAIN, FOR_TYPE(sgd), &o);
}

void nnk_adagrad(
    int type, nnk_pool *pool, void *p, const void *g, void *squares, double rate, double epsilon,
    double decay, double factor, ptrdiff_t count) {
  struct optimizer o = {
      .p = p, .g = g, .second = squares, .rate = rate, .epsilon = epsilon, .decay = decay,
      .factor = factor};
  nnk_for_ranges(pool, count, GRAIN, FOR_TYPE(adagrad), &o);
}

void nnk_rmsprop(
    int type, nnk_pool *pool, void *p, const void *g, void *square, void *velocity, double rate,
    double smoothing, double epsilon, double momentum, double decay, double factor,
    ptrdiff_t count) {
  struct optimizer o = {
      .p = p, .g = g, .first = velocity, .second = square, .rate = rate, .momentum = momentum,
      .smoothing = smoothing, .epsilon = epsilon, .decay = decay, .factor = factor};
  nnk_for_ranges(pool, count, GRAIN, FOR_TYPE(rmsprop), &o);
}

void nnk_adam(
    int type, nnk_pool *pool, void *p, const void *g, void *first, void *second, double rate,
    double beta1, double beta2, double epsilon, ptrdiff_t step, double decay, int decoupled,
    double factor, ptrdiff_t count) {
  struct optimizer o = {
      .p = p, .g = g, .first = first, .second = second,
      .rate = rate / (1 - pow(beta1, (double)step)),
      .momentum = beta1, .smoothing = beta2, .epsilon = epsilon,
      .decay = decoupled ? 0 : decay, .factor = factor,
      .shrinkage = decoupled ? 1 - rate * decay : 1,
      .root_correction = 1 / sqrt(1 - pow(beta2, (double)step))};
  nnk_for_ranges(pool, count, GRAIN, FOR_TYPE(adam), &o);
}
