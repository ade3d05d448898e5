#include "math.template.h"

// Where the rows of one head of one example begin; they are heads·size apart.
#define HEAD(pointer, rows, size) \
  ((pointer) + (part / p->heads) * (rows) * p->heads * (size) + (part % p->heads) * (size))

// The softmax over the sources that a target sees; the others get 0.
CLONES static void NAME(visible_softmax)(
    REAL *weights, ptrdiff_t targets, ptrdiff_t sources, REAL scale, const REAL *mask,
    int is_causal) {
  for (ptrdiff_t i = 0; i < targets; i++) {
    REAL *w = weights + i * sources;
    ptrdiff_t seen = is_causal ? MIN(i + 1, sources) : sources;
    REAL largest = -(REAL)INFINITY;
    if (mask) {
      for (ptrdiff_t j = 0; j < seen; j++) largest = mask[j] != 0 && w[j] > largest ? w[j] : largest;
    } else {
      for (ptrdiff_t j = 0; j < seen; j++) largest = w[j] > largest ? w[j] : largest;
    }
    REAL sum = 0;
    {
      ANY_ORDER
      if (mask) {
        INDEPENDENT for (ptrdiff_t j = 0; j < seen; j++) {
          REAL e = mask[j] != 0 ? NAME(exp_of)((w[j] - largest) * scale) : 0;
          w[j] = e;
        }
      } else {
        INDEPENDENT for (ptrdiff_t j = 0; j < seen; j++) {
          w[j] = NAME(exp_of)((w[j] - largest) * scale);
        }
      }
      for (ptrdiff_t j = 0; j < seen; j++) sum += w[j];
    }
    REAL factor = sum > 0 ? 1 / sum : 0;
    // A target that sees nothing, or a score that is no number: the sum says which.
    if (!(sum >= 0)) factor = sum;
    INDEPENDENT for (ptrdiff_t j = 0; j < seen; j++) w[j] *= factor;
    for (ptrdiff_t j = seen; j < sources; j++) w[j] = 0;
  }
}

static void NAME(attention_weights)(const void *arguments, ptrdiff_t start, ptrdiff_t end) {
  const nnk_attention *p = arguments;
  ptrdiff_t row = p->heads * p->size;
  for (ptrdiff_t part = start; part < end; part++) {
    REAL *weights = (REAL *)p->weights + part * p->targets * p->sources;
    nnk_multiply_alone(
        IS_DOUBLE, HEAD((const REAL *)p->queries, p->targets, p->size), row, 1,
        HEAD((const REAL *)p->keys, p->sources, p->size), 1, row, weights, p->sources, p->targets,
        p->sources, p->size, 0);
    const REAL *mask = p->mask ? (const REAL *)p->mask + part / p->heads * p->sources : NULL;
    NAME(visible_softmax)(weights, p->targets, p->sources, (REAL)p->scale, mask, p->is_causal);
  }
}

static void NAME(attention_output)(const void *arguments, ptrdiff_t start, ptrdiff_t end) {
  const nnk_attention *p = arguments;
  ptrdiff_t row = p->heads * p->value_size;
  for (ptrdiff_t part = start; part < end; part++) {
    nnk_multiply_alone(
        IS_DOUBLE, (const REAL *)p->applied + part * p->targets * p->sources, p->sources, 1,
        HEAD((const REAL *)p->values, p->sources, p->value_size), row, 1,
        HEAD((REAL *)p->output, p->targets, p->value_size), row, p->targets, p->value_size,
        p->sources, 0);
  }
}

static void NAME(attention_value_gradient)(const void *arguments, ptrdiff_t start, ptrdiff_t end) {
  const nnk_attention *p = arguments;
  ptrdiff_t row = p->heads * p->value_size;
  for (ptrdiff_t part = start; part < end; part++) {
    const REAL *applied = (const REAL *)p->applied + part * p->targets * p->sources;
    const REAL *dy = HEAD((const REAL *)p->output_gradient, p->targets, p->value_size);
    // dvalues = appliedᵀ · dy, dapplied = dy · valuesᵀ.
    nnk_multiply_alone(
        IS_DOUBLE, applied, 1, p->sources, dy, row, 1,
        HEAD((REAL *)p->value_gradient, p->sources, p->value_size), row, p->sources, p->value_size,
        p->targets, 0);
    nnk_multiply_alone(
        IS_DOUBLE, dy, row, 1, HEAD((const REAL *)p->values, p->sources, p->value_size), 1, row,
        (REAL *)p->weight_gradient + part * p->targets * p->sources, p->sources, p->targets,
        p->sources, p->value_size, 0);
  }
}

// dscores = weights · (dweights − Σ dweights · weights) · scale, over dweights.
CLONES static void NAME(softmax_slopes)(
    const REAL *weights, REAL *slopes, ptrdiff_t targets, ptrdiff_t sources, REAL scale) {
  for (ptrdiff_t i = 0; i < targets; i++) {
    const REAL *w = weights + i * sources;
    REAL *d = slopes + i * sources;
    REAL sum = 0;
    {
      ANY_ORDER
      for (ptrdiff_t j = 0; j < sources; j++) sum += w[j] * d[j];
    }
    INDEPENDENT for (ptrdiff_t j = 0; j < sources; j++) d[j] = w[j] * (d[j] - sum) * scale;
  }
}

static void NAME(attention_score_gradient)(const void *arguments, ptrdiff_t start, ptrdiff_t end) {
  const nnk_attention *p = arguments;
  ptrdiff_t row = p->heads * p->size;
  for (ptrdiff_t part = start; part < end; part++) {
    REAL *slopes = (REAL *)p->weight_gradient + part * p->targets * p->sources;
    NAME(softmax_slopes)(
        (const REAL *)p->weights + part * p->targets * p->sources, slopes, p->targets, p->sources,
        (REAL)p->scale);
    nnk_multiply_alone(
        IS_DOUBLE, slopes, p->sources, 1, HEAD((const REAL *)p->keys, p->sources, p->size), row, 1,
        HEAD((REAL *)p->query_gradient, p->targets, p->size), row, p->targets, p->size, p->sources,
        0);
    nnk_multiply_alone(
        IS_DOUBLE, slopes, 1, p->sources, HEAD((const REAL *)p->queries, p->targets, p->size), row,
        1, HEAD((REAL *)p->key_gradient, p->sources, p->size), row, p->sources, p->size,
        p->targets, 0);
  }
}

#undef HEAD
