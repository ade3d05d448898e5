// What all loops share: compilation for several processors, and sharing out over threads.
#ifndef NNK_COMMON_H
#define NNK_COMMON_H

#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "pool.h"

// One source, compiled for each level of the x86-64 architecture and chosen when the program is
// loaded. Elsewhere the compiler's default is already vectorised (arm64), or will have to do.
#if defined(__x86_64__) && defined(__linux__) && defined(__GLIBC__) && \
    __has_attribute(target_clones)
#define CLONES __attribute__((target_clones("default", "arch=x86-64-v3", "arch=x86-64-v4")))
#else
#define CLONES
#endif

#define INLINE static inline __attribute__((always_inline))

// At the head of a block whose sums may be taken in any order: the compiler then keeps one partial
// sum per lane. The order is fixed when the library is compiled.
#define ANY_ORDER _Pragma("clang fp reassociate(on)")

#define MIN(a, b) ((a) < (b) ? (a) : (b))
#define MAX(a, b) ((a) > (b) ? (a) : (b))

// A loop over a range of elements, rows or columns.
typedef void range_body(const void *arguments, ptrdiff_t start, ptrdiff_t end);

// A loop over a range that returns a sum.
typedef double sum_body(const void *arguments, ptrdiff_t start, ptrdiff_t end);

// Calls a body over 0..<count in parts of `grain`, or all at once on one thread. For outputs that
// are independent of one another, so that the parts do not show in the result.
void nnk_for_ranges(
    nnk_pool *pool, ptrdiff_t count, ptrdiff_t grain, range_body *body, const void *arguments);

// Adds up a body's sums over parts of 0..<count. The parts depend only on `count` and `grain` and
// are added in order, so the sum depends neither on timing nor on the number of threads.
double nnk_sum_ranges(
    nnk_pool *pool, ptrdiff_t count, ptrdiff_t grain, sum_body *body, const void *arguments);

// The number of rows or columns that together hold about `elements` elements.
static inline ptrdiff_t grain_of(ptrdiff_t elements, ptrdiff_t width) {
  ptrdiff_t grain = elements / (width > 0 ? width : 1);
  return grain > 0 ? grain : 1;
}

// The float or the double version of a function whose type does not show which.
#define FOR_TYPE(base) (type ? base##_f64 : base##_f32)

#endif
