// Matrix products: the own one, and oneDNN's for large ones or where it is asked for.
//
// The own product computes every element as one chain of fused multiply-adds over k, in order,
// beginning with zero or with what is accumulated on. However the work is cut into tiles, blocks
// and threads, the chain is the same; so a row of the result does not depend on the other rows,
// nor any bit of it on the number of threads, nor on the machine, provided that it fuses.
#include "products.h"

#include "common.h"
#include "onednn.h"

struct product {
  const void *a, *b;
  void *c;
  ptrdiff_t m, n, k;
  // Strides of op(a) and op(b) along rows and columns, and of c's rows.
  ptrdiff_t a_row, a_column, b_row, b_column, c_row;
  int accumulating;
  // The parts that threads take: `column_parts` for each of the runs of rows.
  ptrdiff_t row_grain, column_grain, column_parts;
};

typedef void product_part(const struct product *p, ptrdiff_t row, ptrdiff_t row_end,
                          ptrdiff_t column, ptrdiff_t column_end);

// What is chosen for a processor: a function for each type, and the size of its tiles.
struct method {
  const char *name;
  product_part *part[2];
  ptrdiff_t rows[2], columns[2];
};

#define KERNEL_NAME_(base, level, bits) base##_##level##_f##bits
#define KERNEL_NAME(base, level, bits) KERNEL_NAME_(base, level, bits)
#define NAME(base) KERNEL_NAME(base, LEVEL, BITS)

// MARK: AVX-512: 32 registers of 64 bytes hold 14 rows of two vectors, two of b and one of a.
#if defined(__x86_64__)
#include <immintrin.h>

#define LEVEL avx512
#define TARGET __attribute__((target("arch=x86-64-v4")))
#define VECTOR_BYTES 64
#define MAX_ROWS 14
#define MAX_VECTORS 2
#define HAS_MASKS 1
#include "products.levels.h"

// MARK: AVX2: 16 registers of 32 bytes hold 6 rows of two vectors.
#define LEVEL avx2
#define TARGET __attribute__((target("arch=x86-64-v3")))
#define VECTOR_BYTES 32
#define MAX_ROWS 6
#define MAX_VECTORS 2
#define HAS_MASKS 0
#include "products.levels.h"
#endif

// MARK: Portable: vectors of 16 bytes, of which arm64 has 32 and the first x86-64 has 16.
#define LEVEL portable
#define TARGET
#define VECTOR_BYTES 16
#if defined(__aarch64__)
#define MAX_ROWS 6
#define MAX_VECTORS 4
#else
#define MAX_ROWS 6
#define MAX_VECTORS 2
#endif
#define HAS_MASKS 0
#include "products.levels.h"

static const struct method *method_for_this_machine(void) {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("x86-64-v4")) return &method_avx512;
  if (__builtin_cpu_supports("x86-64-v3")) return &method_avx2;
#endif
  return &method_portable;
}

const char *nnk_product_instructions(void) { return method_for_this_machine()->name; }

// MARK: Sharing out

struct shared_product {
  struct product product;
  product_part *part;
};

static void run_part(void *context, ptrdiff_t index) {
  const struct shared_product *shared = context;
  const struct product *p = &shared->product;
  ptrdiff_t row = index / p->column_parts * p->row_grain;
  ptrdiff_t column = index % p->column_parts * p->column_grain;
  shared->part(p, row, MIN(row + p->row_grain, p->m), column, MIN(column + p->column_grain, p->n));
}

static ptrdiff_t rounded_up(ptrdiff_t value, ptrdiff_t step) {
  return (value + step - 1) / step * step;
}

// Fewer multiplications than take some ten microseconds are not worth sharing.
#define SMALLEST_SHARED_WORK 500000

// Cuts c into parts: by columns where there are enough of them, since then every part of b is read
// by one thread only; else by rows.
static ptrdiff_t cut(struct product *p, int threads, ptrdiff_t tile_rows, ptrdiff_t tile_columns) {
  p->row_grain = p->m;
  p->column_grain = p->n;
  p->column_parts = 1;
  if (threads == 1 || p->m * p->n * p->k < SMALLEST_SHARED_WORK) return 1;
  ptrdiff_t panels = (p->n + tile_columns - 1) / tile_columns;
  if (panels >= 4 * threads || (panels >= threads && panels % threads == 0 && p->m < p->n)) {
    p->column_grain = tile_columns * MAX(1, panels / (4 * threads));
    p->column_parts = (p->n + p->column_grain - 1) / p->column_grain;
    return p->column_parts;
  }
  if (p->m >= threads * tile_rows) {
    p->row_grain = rounded_up((p->m + 4 * threads - 1) / (4 * threads), tile_rows);
    return (p->m + p->row_grain - 1) / p->row_grain;
  }
  p->column_grain = tile_columns;
  p->column_parts = panels;
  return panels;
}

void nnk_multiply(
    int type, nnk_pool *pool, const void *a, int a_transposed, const void *b, int b_transposed,
    void *c, ptrdiff_t m, ptrdiff_t n, ptrdiff_t k, int accumulating) {
  if (m == 0 || n == 0) return;
  if (k == 0) {
    if (!accumulating) memset(c, 0, (size_t)(m * n) * (type ? sizeof(double) : sizeof(float)));
    return;
  }
  // Large products are oneDNN's: it is up to a quarter faster there, and equal or slower below.
  int path = nnk_pool_products(pool);
  int is_onednn = path == NNK_PRODUCTS_ONEDNN ||
                  (path == NNK_PRODUCTS_AUTOMATIC && m * n * k >= NNK_LARGE_PRODUCT);
  if (!type && is_onednn &&
      onednn_multiply(pool, a, a_transposed, b, b_transposed, c, m, n, k, accumulating)) {
    return;
  }
  const struct method *method = method_for_this_machine();
  struct shared_product shared = {
      .product =
          {.a = a, .b = b, .c = c, .m = m, .n = n, .k = k,
           .a_row = a_transposed ? 1 : k, .a_column = a_transposed ? m : 1,
           .b_row = b_transposed ? 1 : n, .b_column = b_transposed ? k : 1, .c_row = n,
           .accumulating = accumulating},
      .part = method->part[type ? 1 : 0]};
  ptrdiff_t parts = cut(
      &shared.product, nnk_pool_thread_count(pool), method->rows[type ? 1 : 0],
      method->columns[type ? 1 : 0]);
  nnk_pool_run(pool, parts, run_part, &shared);
}

void nnk_multiply_alone(
    int type, const void *a, ptrdiff_t a_row, ptrdiff_t a_column, const void *b, ptrdiff_t b_row,
    ptrdiff_t b_column, void *c, ptrdiff_t c_row, ptrdiff_t m, ptrdiff_t n, ptrdiff_t k,
    int accumulating) {
  if (m == 0 || n == 0) return;
  struct product product = {
      .a = a, .b = b, .c = c, .m = m, .n = n, .k = k, .a_row = a_row, .a_column = a_column,
      .b_row = b_row, .b_column = b_column, .c_row = c_row, .accumulating = accumulating};
  method_for_this_machine()->part[type ? 1 : 0](&product, 0, m, 0, n);
}
