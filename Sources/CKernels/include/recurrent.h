// Recurrent layers: the loop over time, with the input's part of the gates computed before.
#ifndef NNK_RECURRENT_H
#define NNK_RECURRENT_H

#include "pool.h"

enum {
  NNK_CELL_TANH = 0,
  NNK_CELL_RELU = 1,
  NNK_CELL_GRU_AFTER = 2,   // gates z, r, n; the reset gate after the product
  NNK_CELL_GRU_BEFORE = 3,  // the reset gate before it
  NNK_CELL_LSTM = 4,        // gates i, f, g, o
};

/// One pass over a sequence. Steps are outermost everywhere, then the batch: `gates`
/// [time, batch, gates·units], `states` and `cells` [time + 1, batch, units] with the initial ones
/// first, `mask` [time, batch].
typedef struct {
  int cell;
  ptrdiff_t batch, time, units;
  /// [units, gates·units]; for a GRU that resets before, [units, 2·units] and [units, units] one behind
  /// the other. In backward transposed: [gates·units, units].
  const void *recurrent;
  /// [3·units] for a GRU that resets after; else null.
  const void *recurrent_bias;
  /// Forward: in the input's part with its bias, out what the gates give. Backward: in that, out the
  /// gradient of what went in.
  void *gates;
  void *states;
  /// LSTM only.
  void *cells;
  /// [time, batch, units]: of an LSTM tanh of the cells, of a GRU that resets after the state's part
  /// of n, of one that resets before r·h.
  void *saved;
  /// GRU: [batch, 3·units].
  void *work;
  /// 0 where a step is left out; null for none.
  const void *mask;
  // Backward only.
  /// [time, batch, units], or [batch, units] of the last step alone.
  const void *output_gradient;
  int is_sequence;
  /// [batch, units]: in nothing, out the gradients of the initial state and cells.
  void *state_gradient, *cell_gradient;
  /// GRU that resets after: [time, batch, 3·units], the gradient of the state's part.
  void *recurrent_gradient;
  /// Whether the gradient of the initial state is wanted.
  int wants_initial;
} nnk_recurrence;

/// Runs over all steps. Rows do not depend on one another, nor on the number of threads.
void nnk_recurrent_forward(int type, nnk_pool *pool, const nnk_recurrence *pass);

/// Runs back over all steps.
void nnk_recurrent_backward(int type, nnk_pool *pool, const nnk_recurrence *pass);

/// y[step, row] = x[row, step] of rows of `width` elements, or with `to_steps` 0 the other way round;
/// `backwards` takes the steps from the last to the first.
void nnk_swap_steps(
    int type, nnk_pool *pool, const void *x, void *y, ptrdiff_t batch, ptrdiff_t time,
    ptrdiff_t width, int to_steps, int backwards);

/// y[c, r] = x[r, c].
void nnk_transpose(int type, const void *x, void *y, ptrdiff_t rows, ptrdiff_t columns);

#endif
