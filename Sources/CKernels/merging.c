#include "merging.h"

#include "common.h"

struct merging {
  const void *x, *y, *dy;
  void *out;
  int operation;
};

#define TEMPLATE "merging.template.h"
#include "twice.h"

#define GRAIN 16384

void nnk_merge(
    int type, nnk_pool *pool, int operation, const void *x, void *y, ptrdiff_t count) {
  struct merging merging = {x, NULL, NULL, y, operation};
  nnk_for_ranges(pool, count, GRAIN, FOR_TYPE(merge), &merging);
}

void nnk_choose(
    int type, nnk_pool *pool, int clears, const void *x, const void *y, const void *dy, void *dx,
    ptrdiff_t count) {
  struct merging merging = {x, y, dy, dx, clears};
  nnk_for_ranges(pool, count, GRAIN, FOR_TYPE(choose), &merging);
}
