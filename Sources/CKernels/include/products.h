// Matrix products.
#ifndef NNK_PRODUCTS_H
#define NNK_PRODUCTS_H

#include "pool.h"

// From so many multiplications on, oneDNN's product is the faster one where it is installed.
#define NNK_LARGE_PRODUCT ((ptrdiff_t)1 << 28)

/// c = op(a)·op(b), or c += op(a)·op(b): row-major, op(a) is [m, k], op(b) is [k, n], c is [m, n].
/// Not transposed, a is stored [m, k] and b [k, n]; transposed, a is stored [k, m] and b [n, k].
void nnk_multiply(
    int type, nnk_pool *pool, const void *a, int a_transposed, const void *b, int b_transposed,
    void *c, ptrdiff_t m, ptrdiff_t n, ptrdiff_t k, int accumulating);

/// The own product on the calling thread alone, of matrices whose rows and columns are any number of
/// elements apart; those of c are next to each other in a row. For parts of larger work that is shared
/// out already. k is at least 1.
void nnk_multiply_alone(
    int type, const void *a, ptrdiff_t a_row, ptrdiff_t a_column, const void *b, ptrdiff_t b_row,
    ptrdiff_t b_column, void *c, ptrdiff_t c_row, ptrdiff_t m, ptrdiff_t n, ptrdiff_t k,
    int accumulating);

/// Whether oneDNN could be opened; opens it if nobody has.
int nnk_onednn_is_present(void);

/// The version of oneDNN as major·100 + minor, 0 when it is absent or does not say.
int nnk_onednn_version(void);

/// The same without opening it: 0 as long as no product of this thread has needed it.
int nnk_onednn_version_in_use(void);

/// The instructions that the own product uses: "avx512", "avx2" or "portable".
const char *nnk_product_instructions(void);

#endif
