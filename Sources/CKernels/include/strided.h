// Elements copied from place to place, axis by axis.
#ifndef NNK_STRIDED_H
#define NNK_STRIDED_H

#include "pool.h"

/// The largest number of axes of a walk.
#define NNK_WALK_AXES 16

/// target[Σ i_k · target_strides[k]] = source[Σ i_k · source_strides[k]] over all i_k below
/// extents[k], for elements of 4 or 8 bytes. There are at least two axes. Target places are all
/// different.
void nnk_copy_strided(
    nnk_pool *pool, ptrdiff_t element_bytes, int rank, const ptrdiff_t *extents,
    const void *source, const ptrdiff_t *source_strides, void *target,
    const ptrdiff_t *target_strides);

/// The same, adding to the target. Target places may be equal but for those of different i_0; what
/// meets in one place is added in the order of the walk.
void nnk_add_strided(
    int type, nnk_pool *pool, int rank, const ptrdiff_t *extents, const void *source,
    const ptrdiff_t *source_strides, void *target, const ptrdiff_t *target_strides);

#endif
