#define EACH(expression)                                                       \
  INDEPENDENT for (ptrdiff_t i = start; i < end; i++) y[i] = (expression);     \
  break

CLONES static void NAME(merge)(const void *arguments, ptrdiff_t start, ptrdiff_t end) {
  const struct merging *m = arguments;
  const REAL *x = m->x;
  REAL *y = m->out;
  // Of a number and a NaN the larger and the smaller one are NaN.
  switch (m->operation) {
    case NNK_SUM: EACH(y[i] + x[i]);
    case NNK_DIFFERENCE: EACH(y[i] - x[i]);
    case NNK_PRODUCT: EACH(y[i] * x[i]);
    case NNK_MAXIMUM: EACH(y[i] > x[i] || y[i] != y[i] ? y[i] : x[i]);
    case NNK_MINIMUM: EACH(y[i] < x[i] || y[i] != y[i] ? y[i] : x[i]);
  }
}

#undef EACH

CLONES static void NAME(choose)(const void *arguments, ptrdiff_t start, ptrdiff_t end) {
  const struct merging *m = arguments;
  const REAL *x = m->x, *y = m->y, *dy = m->dy;
  REAL *dx = m->out;
  if (m->operation) {
    INDEPENDENT for (ptrdiff_t i = start; i < end; i++) dx[i] = x[i] == y[i] ? 0 : dx[i];
  } else {
    INDEPENDENT for (ptrdiff_t i = start; i < end; i++) dx[i] = x[i] == y[i] ? dy[i] : 0;
  }
}
