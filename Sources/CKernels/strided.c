#include "strided.h"

#include "common.h"

struct walk {
  int rank;
  const ptrdiff_t *extents, *source_strides, *target_strides;
  const void *source;
  void *target;
};

// Moves the position on by one over the axes 1 to rank - 2, the last of them fastest; false at the
// end.
INLINE int advance(
    const struct walk *w, ptrdiff_t *position, ptrdiff_t *source, ptrdiff_t *target) {
  for (int axis = w->rank - 2; axis >= 1; axis--) {
    *source += w->source_strides[axis];
    *target += w->target_strides[axis];
    if (++position[axis] < w->extents[axis]) return 1;
    *source -= w->source_strides[axis] * w->extents[axis];
    *target -= w->target_strides[axis] * w->extents[axis];
    position[axis] = 0;
  }
  return 0;
}

#define WALK(TYPE, OPERATION, WHOLE)                                                        \
  const struct walk *w = arguments;                                                         \
  ptrdiff_t count = w->extents[w->rank - 1];                                                \
  ptrdiff_t ss = w->source_strides[w->rank - 1], ts = w->target_strides[w->rank - 1];       \
  for (ptrdiff_t i = start; i < end; i++) {                                                 \
    ptrdiff_t position[NNK_WALK_AXES] = {0};                                                \
    ptrdiff_t from = i * w->source_strides[0], to = i * w->target_strides[0];               \
    do {                                                                                    \
      const TYPE *source = (const TYPE *)w->source + from;                                  \
      TYPE *target = (TYPE *)w->target + to;                                                \
      if (ss == 1 && ts == 1) {                                                             \
        WHOLE;                                                                              \
      } else {                                                                              \
        for (ptrdiff_t k = 0; k < count; k++) target[k * ts] OPERATION source[k * ss];      \
      }                                                                                     \
    } while (advance(w, position, &from, &to));                                             \
  }

static void copy_4(const void *arguments, ptrdiff_t start, ptrdiff_t end) {
  WALK(uint32_t, =, memcpy(target, source, (size_t)count * 4))
}

static void copy_8(const void *arguments, ptrdiff_t start, ptrdiff_t end) {
  WALK(uint64_t, =, memcpy(target, source, (size_t)count * 8))
}

static void add_f32(const void *arguments, ptrdiff_t start, ptrdiff_t end) {
  WALK(float, +=, for (ptrdiff_t k = 0; k < count; k++) target[k] += source[k])
}

static void add_f64(const void *arguments, ptrdiff_t start, ptrdiff_t end) {
  WALK(double, +=, for (ptrdiff_t k = 0; k < count; k++) target[k] += source[k])
}

static void run(nnk_pool *pool, const struct walk *w, range_body *body) {
  ptrdiff_t inner = 1;
  for (int axis = 0; axis < w->rank; axis++) {
    if (w->extents[axis] == 0) return;
    if (axis > 0) inner *= w->extents[axis];
  }
  nnk_for_ranges(pool, w->extents[0], grain_of(16384, inner), body, w);
}

void nnk_copy_strided(
    nnk_pool *pool, ptrdiff_t element_bytes, int rank, const ptrdiff_t *extents,
    const void *source, const ptrdiff_t *source_strides, void *target,
    const ptrdiff_t *target_strides) {
  struct walk w = {rank, extents, source_strides, target_strides, source, target};
  run(pool, &w, element_bytes == 8 ? copy_8 : copy_4);
}

void nnk_add_strided(
    int type, nnk_pool *pool, int rank, const ptrdiff_t *extents, const void *source,
    const ptrdiff_t *source_strides, void *target, const ptrdiff_t *target_strides) {
  struct walk w = {rank, extents, source_strides, target_strides, source, target};
  run(pool, &w, type ? add_f64 : add_f32);
}
