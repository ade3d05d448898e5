// Several tensors of one shape made one, element by element.
#ifndef NNK_MERGING_H
#define NNK_MERGING_H

#include "pool.h"

enum { NNK_SUM, NNK_DIFFERENCE, NNK_PRODUCT, NNK_MAXIMUM, NNK_MINIMUM };

/// y = y op x.
void nnk_merge(
    int type, nnk_pool *pool, int operation, const void *x, void *y, ptrdiff_t count);

/// dx = dy where x is y, else 0, or with `clears` dx = 0 where x is y and else as it was.
void nnk_choose(
    int type, nnk_pool *pool, int clears, const void *x, const void *y, const void *dy, void *dx,
    ptrdiff_t count);

#endif
