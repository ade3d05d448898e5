// Activation functions and softmax.
#ifndef NNK_ACTIVATIONS_H
#define NNK_ACTIVATIONS_H

#include "pool.h"

enum {
  NNK_IDENTITY, NNK_SIGMOID, NNK_TANH, NNK_RELU, NNK_LEAKY_RELU, NNK_ELU, NNK_SELU, NNK_SILU,
  NNK_GELU, NNK_GELU_TANH, NNK_SOFTPLUS, NNK_HARD_SIGMOID, NNK_HARD_SWISH, NNK_RELU6, NNK_SOFTSIGN,
  NNK_EXPONENTIAL, NNK_MISH
};

void nnk_activate(
    int type, nnk_pool *pool, int function, double slope, const void *x, void *y, ptrdiff_t count);

/// dx = dy · f'(x), from the output y where that is enough and from the input x where not.
void nnk_activation_gradient(
    int type, nnk_pool *pool, int function, double slope, const void *x, const void *y,
    const void *dy, void *dx, ptrdiff_t count);

void nnk_softmax(
    int type, nnk_pool *pool, const void *x, void *y, ptrdiff_t rows, ptrdiff_t columns);

void nnk_softmax_gradient(
    int type, nnk_pool *pool, const void *y, const void *dy, void *dx, ptrdiff_t rows,
    ptrdiff_t columns);

#endif
