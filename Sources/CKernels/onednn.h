// The only sight of oneDNN: one function of its C interface, found when the program runs.
#ifndef NNK_ONEDNN_H
#define NNK_ONEDNN_H

#include "pool.h"

/// As nnk_multiply for float; false, and nothing done, where oneDNN is absent.
int onednn_multiply(
    nnk_pool *pool, const float *a, int a_transposed, const float *b, int b_transposed, float *c,
    ptrdiff_t m, ptrdiff_t n, ptrdiff_t k, int accumulating);

#endif
