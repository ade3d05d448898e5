// Optimizer steps in place. The gradient g is multiplied by `factor` first.
#ifndef NNK_OPTIMIZERS_H
#define NNK_OPTIMIZERS_H

#include "pool.h"

/// `velocity` may be null, which means no momentum.
void nnk_sgd(
    int type, nnk_pool *pool, void *p, const void *g, void *velocity, double rate, double momentum,
    int nesterov, int first_step, double decay, double factor, ptrdiff_t count);

void nnk_adagrad(
    int type, nnk_pool *pool, void *p, const void *g, void *squares, double rate, double epsilon,
    double decay, double factor, ptrdiff_t count);

/// `velocity` may be null, which means no momentum.
void nnk_rmsprop(
    int type, nnk_pool *pool, void *p, const void *g, void *square, void *velocity, double rate,
    double smoothing, double epsilon, double momentum, double decay, double factor,
    ptrdiff_t count);

/// `step` counts from 1.
void nnk_adam(
    int type, nnk_pool *pool, void *p, const void *g, void *first, void *second, double rate,
    double beta1, double beta2, double epsilon, ptrdiff_t step, double decay, int decoupled,
    double factor, ptrdiff_t count);

#endif
