#include "gathering.h"

#include "common.h"

ptrdiff_t nnk_first_outside(const int32_t *indices, ptrdiff_t count, ptrdiff_t bound) {
  for (ptrdiff_t i = 0; i < count; i++) {
    if (indices[i] < 0 || indices[i] >= bound) return i;
  }
  return -1;
}

struct gather {
  const char *source;
  const int32_t *indices;
  char *target;
  ptrdiff_t row_bytes;
};

static void gather(const void *arguments, ptrdiff_t start, ptrdiff_t end) {
  const struct gather *a = arguments;
  ptrdiff_t bytes = a->row_bytes;
  for (ptrdiff_t i = start; i < end; i++) {
    memcpy(a->target + i * bytes, a->source + a->indices[i] * bytes, (size_t)bytes);
  }
}

void nnk_gather_rows(
    nnk_pool *pool, const void *source, const int32_t *indices, ptrdiff_t count,
    ptrdiff_t row_bytes, void *target) {
  if (row_bytes == 0) return;
  struct gather arguments = {source, indices, target, row_bytes};
  nnk_for_ranges(pool, count, grain_of(65536, row_bytes), gather, &arguments);
}

void nnk_copy_columns(
    const void *source, ptrdiff_t source_stride, void *target, ptrdiff_t target_stride,
    ptrdiff_t rows, ptrdiff_t bytes) {
  for (ptrdiff_t r = 0; r < rows; r++) {
    memcpy((char *)target + r * target_stride, (const char *)source + r * source_stride,
           (size_t)bytes);
  }
}

#define TEMPLATE "gathering.template.h"
#include "twice.h"

void nnk_scatter_add_rows(
    int type, const void *rows, const int32_t *indices, ptrdiff_t count, ptrdiff_t columns,
    void *target) {
  if (type) {
    scatter_add_f64(rows, indices, count, columns, target);
  } else {
    scatter_add_f32(rows, indices, count, columns, target);
  }
}
