#include "recurrent.h"

#include "common.h"
#include "products.h"

static ptrdiff_t gate_count(int cell) {
  return cell == NNK_CELL_LSTM ? 4 : cell >= NNK_CELL_GRU_AFTER ? 3 : 1;
}

struct swapping {
  const void *x;
  void *y;
  ptrdiff_t batch, time, bytes;
  int to_steps, backwards;
};

static void swap_steps(const void *arguments, ptrdiff_t start, ptrdiff_t end) {
  const struct swapping *s = arguments;
  for (ptrdiff_t row = start; row < end; row++) {
    for (ptrdiff_t step = 0; step < s->time; step++) {
      ptrdiff_t other = s->backwards ? s->time - 1 - step : step;
      ptrdiff_t by_row = (row * s->time + other) * s->bytes;
      ptrdiff_t by_step = (step * s->batch + row) * s->bytes;
      memcpy(
          (char *)s->y + (s->to_steps ? by_step : by_row),
          (const char *)s->x + (s->to_steps ? by_row : by_step), (size_t)s->bytes);
    }
  }
}

#define TEMPLATE "recurrent.template.h"
#include "twice.h"

// Every thread takes its share of the rows through all steps, so that nobody waits at a step.
static ptrdiff_t row_grain(const nnk_pool *pool, const nnk_recurrence *pass) {
  ptrdiff_t threads = nnk_pool_thread_count(pool);
  ptrdiff_t work = pass->time * pass->units * pass->units * gate_count(pass->cell);
  return MAX((pass->batch + threads - 1) / threads, grain_of(200000, work));
}

void nnk_recurrent_forward(int type, nnk_pool *pool, const nnk_recurrence *pass) {
  nnk_for_ranges(
      pool, pass->batch, row_grain(pool, pass), FOR_TYPE(recurrent_forward), pass);
}

void nnk_recurrent_backward(int type, nnk_pool *pool, const nnk_recurrence *pass) {
  nnk_for_ranges(
      pool, pass->batch, row_grain(pool, pass), FOR_TYPE(recurrent_backward), pass);
}

void nnk_swap_steps(
    int type, nnk_pool *pool, const void *x, void *y, ptrdiff_t batch, ptrdiff_t time,
    ptrdiff_t width, int to_steps, int backwards) {
  struct swapping s = {
      x, y, batch, time, width * (ptrdiff_t)(type ? sizeof(double) : sizeof(float)), to_steps,
      backwards};
  nnk_for_ranges(pool, batch, grain_of(32768, time * width), swap_steps, &s);
}

void nnk_transpose(int type, const void *x, void *y, ptrdiff_t rows, ptrdiff_t columns) {
  if (type) transpose_f64(x, y, rows, columns);
  else transpose_f32(x, y, rows, columns);
}
