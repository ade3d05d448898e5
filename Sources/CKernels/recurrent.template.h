#include "math.template.h"

#define IS_LEFT_OUT(p, at) ((p)->mask && ((const REAL *)(p)->mask)[at] == 0)

CLONES static void NAME(transpose)(
    const REAL *x, REAL *y, ptrdiff_t rows, ptrdiff_t columns) {
  // Squares of a cache line's side, so that lines are used whole on both sides.
  for (ptrdiff_t r = 0; r < rows; r += 16) {
    for (ptrdiff_t c = 0; c < columns; c += 16) {
      for (ptrdiff_t j = c; j < MIN(c + 16, columns); j++) {
        for (ptrdiff_t i = r; i < MIN(r + 16, rows); i++) y[j * rows + i] = x[i * columns + j];
      }
    }
  }
}

// c [rows, n] += a [rows, k] · b [k, n], or without the sum.
INLINE void NAME(times)(
    const REAL *a, ptrdiff_t k, const REAL *b, ptrdiff_t n, REAL *c, ptrdiff_t c_row,
    ptrdiff_t rows, int accumulating) {
  nnk_multiply_alone(IS_DOUBLE, a, k, 1, b, n, 1, c, c_row, rows, n, k, accumulating);
}

// MARK: Forward

CLONES static void NAME(simple_rows)(
    const nnk_recurrence *p, ptrdiff_t step, ptrdiff_t start, ptrdiff_t end) {
  ptrdiff_t u = p->units;
  for (ptrdiff_t row = start; row < end; row++) {
    ptrdiff_t at = step * p->batch + row;
    REAL *g = (REAL *)p->gates + at * u;
    const REAL *before = (REAL *)p->states + at * u;
    REAL *after = (REAL *)p->states + (at + p->batch) * u;
    if (IS_LEFT_OUT(p, at)) {
      memcpy(after, before, (size_t)u * sizeof(REAL));
    } else if (p->cell == NNK_CELL_TANH) {
      INDEPENDENT for (ptrdiff_t i = 0; i < u; i++) after[i] = NAME(tanh_of)(g[i]);
    } else {
      INDEPENDENT for (ptrdiff_t i = 0; i < u; i++) after[i] = g[i] < 0 ? 0 : g[i];
    }
  }
}

CLONES static void NAME(lstm_rows)(
    const nnk_recurrence *p, ptrdiff_t step, ptrdiff_t start, ptrdiff_t end) {
  ptrdiff_t u = p->units;
  for (ptrdiff_t row = start; row < end; row++) {
    ptrdiff_t at = step * p->batch + row;
    REAL *g = (REAL *)p->gates + at * 4 * u;
    const REAL *h0 = (REAL *)p->states + at * u, *c0 = (REAL *)p->cells + at * u;
    REAL *h = (REAL *)p->states + (at + p->batch) * u, *c = (REAL *)p->cells + (at + p->batch) * u;
    REAL *saved = (REAL *)p->saved + at * u;
    if (IS_LEFT_OUT(p, at)) {
      memcpy(h, h0, (size_t)u * sizeof(REAL));
      memcpy(c, c0, (size_t)u * sizeof(REAL));
      continue;
    }
    INDEPENDENT for (ptrdiff_t i = 0; i < u; i++) {
      REAL input = NAME(sigmoid_of)(g[i]), forget = NAME(sigmoid_of)(g[u + i]);
      REAL proposal = NAME(tanh_of)(g[2 * u + i]), output = NAME(sigmoid_of)(g[3 * u + i]);
      REAL cell = forget * c0[i] + input * proposal;
      REAL squashed = NAME(tanh_of)(cell);
      g[i] = input;
      g[u + i] = forget;
      g[2 * u + i] = proposal;
      g[3 * u + i] = output;
      c[i] = cell;
      saved[i] = squashed;
      h[i] = output * squashed;
    }
  }
}

// `part` [batch, 3·units] is the state's part of the gates.
CLONES static void NAME(gru_after_rows)(
    const nnk_recurrence *p, ptrdiff_t step, ptrdiff_t start, ptrdiff_t end) {
  ptrdiff_t u = p->units;
  for (ptrdiff_t row = start; row < end; row++) {
    ptrdiff_t at = step * p->batch + row;
    REAL *g = (REAL *)p->gates + at * 3 * u;
    const REAL *part = (REAL *)p->work + row * 3 * u;
    const REAL *h0 = (REAL *)p->states + at * u;
    REAL *h = (REAL *)p->states + (at + p->batch) * u, *saved = (REAL *)p->saved + at * u;
    if (IS_LEFT_OUT(p, at)) {
      memcpy(h, h0, (size_t)u * sizeof(REAL));
      continue;
    }
    INDEPENDENT for (ptrdiff_t i = 0; i < u; i++) {
      REAL update = NAME(sigmoid_of)(g[i] + part[i]);
      REAL reset = NAME(sigmoid_of)(g[u + i] + part[u + i]);
      REAL own = part[2 * u + i];
      REAL proposal = NAME(tanh_of)(g[2 * u + i] + reset * own);
      g[i] = update;
      g[u + i] = reset;
      g[2 * u + i] = proposal;
      saved[i] = own;
      h[i] = update * h0[i] + (1 - update) * proposal;
    }
  }
}

// First z, r and r·h; then, when `part` holds (r·h)·U, n and the new state.
CLONES static void NAME(gru_before_rows)(
    const nnk_recurrence *p, ptrdiff_t step, ptrdiff_t start, ptrdiff_t end, int is_second) {
  ptrdiff_t u = p->units;
  for (ptrdiff_t row = start; row < end; row++) {
    ptrdiff_t at = step * p->batch + row;
    REAL *g = (REAL *)p->gates + at * 3 * u;
    const REAL *h0 = (REAL *)p->states + at * u;
    REAL *h = (REAL *)p->states + (at + p->batch) * u, *saved = (REAL *)p->saved + at * u;
    if (!is_second) {
      const REAL *part = (REAL *)p->work + row * 2 * u;
      INDEPENDENT for (ptrdiff_t i = 0; i < u; i++) {
        REAL reset = NAME(sigmoid_of)(g[u + i] + part[u + i]);
        g[i] = NAME(sigmoid_of)(g[i] + part[i]);
        g[u + i] = reset;
        saved[i] = reset * h0[i];
      }
    } else if (IS_LEFT_OUT(p, at)) {
      memcpy(h, h0, (size_t)u * sizeof(REAL));
    } else {
      const REAL *part = (REAL *)p->work + p->batch * 2 * u + row * u;
      INDEPENDENT for (ptrdiff_t i = 0; i < u; i++) {
        REAL proposal = NAME(tanh_of)(g[2 * u + i] + part[i]);
        g[2 * u + i] = proposal;
        h[i] = g[i] * h0[i] + (1 - g[i]) * proposal;
      }
    }
  }
}

static void NAME(recurrent_forward)(const void *arguments, ptrdiff_t start, ptrdiff_t end) {
  const nnk_recurrence *p = arguments;
  ptrdiff_t u = p->units, count = gate_count(p->cell), rows = end - start;
  for (ptrdiff_t step = 0; step < p->time; step++) {
    ptrdiff_t at = step * p->batch + start;
    const REAL *h0 = (REAL *)p->states + at * u;
    REAL *g = (REAL *)p->gates + at * count * u;
    REAL *work = p->work;
    switch (p->cell) {
      case NNK_CELL_GRU_AFTER: {
        REAL *part = work + start * 3 * u;
        for (ptrdiff_t row = 0; row < rows; row++) {
          memcpy(part + row * 3 * u, p->recurrent_bias, (size_t)(3 * u) * sizeof(REAL));
        }
        NAME(times)(h0, u, p->recurrent, 3 * u, part, 3 * u, rows, 1);
        NAME(gru_after_rows)(p, step, start, end);
        break;
      }
      case NNK_CELL_GRU_BEFORE: {
        const REAL *second = (const REAL *)p->recurrent + 2 * u * u;
        NAME(times)(h0, u, p->recurrent, 2 * u, work + start * 2 * u, 2 * u, rows, 0);
        NAME(gru_before_rows)(p, step, start, end, 0);
        NAME(times)(
            (REAL *)p->saved + at * u, u, second, u, work + p->batch * 2 * u + start * u, u, rows,
            0);
        NAME(gru_before_rows)(p, step, start, end, 1);
        break;
      }
      case NNK_CELL_LSTM:
        NAME(times)(h0, u, p->recurrent, 4 * u, g, 4 * u, rows, 1);
        NAME(lstm_rows)(p, step, start, end);
        break;
      default:
        NAME(times)(h0, u, p->recurrent, u, g, u, rows, 1);
        NAME(simple_rows)(p, step, start, end);
    }
  }
}

// MARK: Backward

// Each of these takes the gradient of the state after a step from `dh`, and leaves there what of it
// goes to the state before without a product.

CLONES static void NAME(simple_slopes)(
    const nnk_recurrence *p, ptrdiff_t step, ptrdiff_t start, ptrdiff_t end) {
  ptrdiff_t u = p->units;
  for (ptrdiff_t row = start; row < end; row++) {
    ptrdiff_t at = step * p->batch + row;
    REAL *g = (REAL *)p->gates + at * u, *dh = (REAL *)p->state_gradient + row * u;
    const REAL *h = (REAL *)p->states + (at + p->batch) * u;
    if (IS_LEFT_OUT(p, at)) {
      memset(g, 0, (size_t)u * sizeof(REAL));
      continue;
    }
    int is_tanh = p->cell == NNK_CELL_TANH;
    INDEPENDENT for (ptrdiff_t i = 0; i < u; i++) {
      REAL slope = is_tanh ? 1 - h[i] * h[i] : h[i] > 0;
      g[i] = dh[i] * slope;
      dh[i] = 0;
    }
  }
}

CLONES static void NAME(lstm_slopes)(
    const nnk_recurrence *p, ptrdiff_t step, ptrdiff_t start, ptrdiff_t end) {
  ptrdiff_t u = p->units;
  for (ptrdiff_t row = start; row < end; row++) {
    ptrdiff_t at = step * p->batch + row;
    REAL *g = (REAL *)p->gates + at * 4 * u;
    REAL *dh = (REAL *)p->state_gradient + row * u, *dc = (REAL *)p->cell_gradient + row * u;
    const REAL *c0 = (REAL *)p->cells + at * u, *saved = (REAL *)p->saved + at * u;
    if (IS_LEFT_OUT(p, at)) {
      memset(g, 0, (size_t)(4 * u) * sizeof(REAL));
      continue;
    }
    INDEPENDENT for (ptrdiff_t i = 0; i < u; i++) {
      REAL input = g[i], forget = g[u + i], proposal = g[2 * u + i], output = g[3 * u + i];
      REAL d = dc[i] + dh[i] * output * (1 - saved[i] * saved[i]);
      g[3 * u + i] = dh[i] * saved[i] * output * (1 - output);
      g[i] = d * proposal * input * (1 - input);
      g[u + i] = d * c0[i] * forget * (1 - forget);
      g[2 * u + i] = d * input * (1 - proposal * proposal);
      dc[i] = d * forget;
      dh[i] = 0;
    }
  }
}

CLONES static void NAME(gru_after_slopes)(
    const nnk_recurrence *p, ptrdiff_t step, ptrdiff_t start, ptrdiff_t end) {
  ptrdiff_t u = p->units;
  for (ptrdiff_t row = start; row < end; row++) {
    ptrdiff_t at = step * p->batch + row;
    REAL *g = (REAL *)p->gates + at * 3 * u, *dh = (REAL *)p->state_gradient + row * u;
    REAL *part = (REAL *)p->recurrent_gradient + at * 3 * u;
    const REAL *h0 = (REAL *)p->states + at * u, *own = (REAL *)p->saved + at * u;
    if (IS_LEFT_OUT(p, at)) {
      memset(g, 0, (size_t)(3 * u) * sizeof(REAL));
      memset(part, 0, (size_t)(3 * u) * sizeof(REAL));
      continue;
    }
    INDEPENDENT for (ptrdiff_t i = 0; i < u; i++) {
      REAL update = g[i], reset = g[u + i], proposal = g[2 * u + i];
      REAL dn = dh[i] * (1 - update) * (1 - proposal * proposal);
      REAL dz = dh[i] * (h0[i] - proposal) * update * (1 - update);
      REAL dr = dn * own[i] * reset * (1 - reset);
      g[i] = dz;
      g[u + i] = dr;
      g[2 * u + i] = dn;
      part[i] = dz;
      part[u + i] = dr;
      part[2 * u + i] = dn * reset;
      dh[i] *= update;
    }
  }
}

// First dz and dn, which goes to `work` for its product; then dr. [dz, dr] goes to `work` too.
CLONES static void NAME(gru_before_slopes)(
    const nnk_recurrence *p, ptrdiff_t step, ptrdiff_t start, ptrdiff_t end, int is_second) {
  ptrdiff_t u = p->units;
  for (ptrdiff_t row = start; row < end; row++) {
    ptrdiff_t at = step * p->batch + row;
    REAL *g = (REAL *)p->gates + at * 3 * u, *dh = (REAL *)p->state_gradient + row * u;
    REAL *pair = (REAL *)p->work + row * 2 * u;
    // In: dn; out of the product: the gradient of r·h.
    REAL *dn = (REAL *)p->recurrent_gradient + at * u;
    REAL *product = (REAL *)p->work + p->batch * 2 * u + row * u;
    const REAL *h0 = (REAL *)p->states + at * u;
    int is_out = IS_LEFT_OUT(p, at);
    if (is_out && !is_second) memset(dn, 0, (size_t)u * sizeof(REAL));
    if (is_out && is_second) {
      memset(g, 0, (size_t)(3 * u) * sizeof(REAL));
      memset(pair, 0, (size_t)(2 * u) * sizeof(REAL));
    }
    if (is_out) continue;
    if (!is_second) {
      INDEPENDENT for (ptrdiff_t i = 0; i < u; i++) {
        REAL update = g[i], proposal = g[2 * u + i];
        REAL slope = dh[i] * (1 - update) * (1 - proposal * proposal);
        pair[i] = dh[i] * (h0[i] - proposal) * update * (1 - update);
        g[2 * u + i] = slope;
        dn[i] = slope;
        dh[i] *= update;
      }
    } else {
      INDEPENDENT for (ptrdiff_t i = 0; i < u; i++) {
        REAL reset = g[u + i];
        REAL dr = product[i] * h0[i] * reset * (1 - reset);
        g[i] = pair[i];
        g[u + i] = dr;
        pair[u + i] = dr;
        dh[i] += product[i] * reset;
      }
    }
  }
}

CLONES static void NAME(add_output_gradient)(
    const nnk_recurrence *p, ptrdiff_t step, ptrdiff_t start, ptrdiff_t end) {
  ptrdiff_t u = p->units;
  if (!p->is_sequence && step + 1 < p->time) return;
  const REAL *dy = (const REAL *)p->output_gradient + (p->is_sequence ? step * p->batch * u : 0);
  REAL *dh = p->state_gradient;
  INDEPENDENT for (ptrdiff_t i = start * u; i < end * u; i++) dh[i] += dy[i];
}

static void NAME(recurrent_backward)(const void *arguments, ptrdiff_t start, ptrdiff_t end) {
  const nnk_recurrence *p = arguments;
  ptrdiff_t u = p->units, count = gate_count(p->cell), rows = end - start;
  REAL *dh = (REAL *)p->state_gradient + start * u;
  memset(dh, 0, (size_t)(rows * u) * sizeof(REAL));
  if (p->cell == NNK_CELL_LSTM) {
    memset((REAL *)p->cell_gradient + start * u, 0, (size_t)(rows * u) * sizeof(REAL));
  }
  const REAL *transposed = p->recurrent;
  for (ptrdiff_t step = p->time - 1; step >= 0; step--) {
    ptrdiff_t at = step * p->batch + start;
    const REAL *g = (REAL *)p->gates + at * count * u;
    NAME(add_output_gradient)(p, step, start, end);
    int is_needed = step > 0 || p->wants_initial;
    switch (p->cell) {
      case NNK_CELL_GRU_AFTER:
        NAME(gru_after_slopes)(p, step, start, end);
        g = (REAL *)p->recurrent_gradient + at * 3 * u;
        if (is_needed) NAME(times)(g, 3 * u, transposed, u, dh, u, rows, 1);
        break;
      case NNK_CELL_GRU_BEFORE:
        NAME(gru_before_slopes)(p, step, start, end, 0);
        NAME(times)(
            (REAL *)p->recurrent_gradient + at * u, u, transposed + 2 * u * u, u,
            (REAL *)p->work + p->batch * 2 * u + start * u, u, rows, 0);
        NAME(gru_before_slopes)(p, step, start, end, 1);
        if (is_needed) {
          NAME(times)((REAL *)p->work + start * 2 * u, 2 * u, transposed, u, dh, u, rows, 1);
        }
        break;
      case NNK_CELL_LSTM:
        NAME(lstm_slopes)(p, step, start, end);
        if (is_needed) NAME(times)(g, 4 * u, transposed, u, dh, u, rows, 1);
        break;
      default:
        NAME(simple_slopes)(p, step, start, end);
        if (is_needed) NAME(times)(g, u, transposed, u, dh, u, rows, 1);
    }
  }
}
