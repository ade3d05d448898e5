// Convolution where every input channel is a group.
#ifndef NNK_DEPTHWISE_H
#define NNK_DEPTHWISE_H

#include "windows.h"

void depthwise_convolve(
    int type, nnk_pool *pool, const nnk_window *window, const void *x, const void *kernel,
    const void *bias, void *y);

void depthwise_convolve_back(
    int type, nnk_pool *pool, const nnk_window *window, const void *dy, const void *kernel,
    const void *bias, void *dx);

void depthwise_kernel_gradient(
    int type, nnk_pool *pool, const nnk_window *window, const void *x, const void *dy,
    void *dkernel);

#endif
