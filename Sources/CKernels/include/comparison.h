// Two arrays beside each other.
#ifndef NNK_COMPARISON_H
#define NNK_COMPARISON_H

#include <stddef.h>

/// How the elements of two arrays that are compared are stored, in this order from 0.
enum {
  NNK_FLOAT32, NNK_FLOAT64, NNK_FLOAT16, NNK_BFLOAT16,
  NNK_INT8, NNK_INT16, NNK_INT32, NNK_INT64,
  NNK_UINT8, NNK_UINT16, NNK_UINT32, NNK_UINT64,
};

/// What two arrays have in common. Sums and largest values are of the pairs in which both are finite.
typedef struct {
  /// The largest |x - y|, and the first place where it is; -1 where no pair is finite and different.
  double largest;
  ptrdiff_t place;
  /// The largest |x| and |y|.
  double largest_x, largest_y;
  /// The sums of (x - y)², x², y² and x·y.
  double squares, squares_x, squares_y, products;
  /// Pairs that are not equal; two NaN are, and so are 0 and -0.
  ptrdiff_t different;
  /// Those of them in which one is NaN or infinite.
  ptrdiff_t unmatched;
} nnk_difference;

/// Compares `count` elements of two arrays, each of its own type, in one pass on this thread. Numbers are
/// widened to double; integers of 64 bits of one type are also counted by their bits.
nnk_difference nnk_difference_of(
    int type_x, const void *x, int type_y, const void *y, ptrdiff_t count);

#endif
