// Losses: each returns the weighted sum over rows and, where `gradient` is not null, sets it to
// `factor` times the gradient of that sum. Row and class weights may be null.
#ifndef NNK_LOSSES_H
#define NNK_LOSSES_H

#include <stdint.h>

#include "pool.h"

enum { NNK_SQUARED, NNK_ABSOLUTE, NNK_HUBER, NNK_SMOOTH_L1 };

double nnk_regression_loss(
    int type, nnk_pool *pool, int kind, double parameter, const void *predictions,
    const void *targets, const void *row_weights, double factor, void *gradient, ptrdiff_t rows,
    ptrdiff_t columns);

double nnk_cross_entropy(
    int type, nnk_pool *pool, const void *logits, const int32_t *labels, const void *class_weights,
    const void *row_weights, double smoothing, double factor, void *gradient, ptrdiff_t rows,
    ptrdiff_t classes);

double nnk_cross_entropy_weight(
    int type, const int32_t *labels, const void *class_weights, const void *row_weights,
    ptrdiff_t rows);

double nnk_binary_cross_entropy(
    int type, nnk_pool *pool, const void *logits, const void *targets, double positive_weight,
    const void *row_weights, double factor, void *gradient, ptrdiff_t rows, ptrdiff_t columns);

double nnk_focal(
    int type, nnk_pool *pool, const void *logits, const int32_t *labels, double gamma,
    const void *class_weights, const void *row_weights, double factor, void *gradient,
    ptrdiff_t rows, ptrdiff_t classes);

double nnk_binary_focal(
    int type, nnk_pool *pool, const void *logits, const void *targets, double gamma, double alpha,
    const void *row_weights, double factor, void *gradient, ptrdiff_t rows, ptrdiff_t columns);

#endif
