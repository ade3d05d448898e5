// Elements of any type as doubles.
#ifndef NNK_WIDENING_H
#define NNK_WIDENING_H

#include <stddef.h>

/// The bytes of an element of a type of comparison.h.
ptrdiff_t nnk_element_width(int type);

/// Fills `out` with the numbers that `count` elements are, the nearest ones for integers of 64 bits.
void nnk_widen(int type, const void *elements, ptrdiff_t count, double *restrict out);

#endif
