#include "activations.h"

#include "common.h"

// Klambauer et al., "Self-normalizing neural networks", 2017.
#define SELU_SCALE 1.0507009873554804934193349852946
#define SELU_ALPHA 1.6732632423543772848170429916717
// Hendrycks and Gimpel, "Gaussian error linear units", 2016: sqrt(2/pi) and the cubic's factor.
#define GELU_ROOT 0.79788456080286535587989211986876
#define GELU_CUBIC 0.044715
#define NORMAL_DENSITY_AT_0 0.39894228040143267793994605993438

struct activation {
  const void *x, *y, *dy;
  void *out;
  double slope;
  int function;
};

struct softmax {
  const void *y, *dy;
  void *out;
  ptrdiff_t columns;
};

#define TEMPLATE "activations.template.h"
#include "twice.h"

void nnk_activate(
    int type, nnk_pool *pool, int function, double slope, const void *x, void *y,
    ptrdiff_t count) {
  struct activation activation = {x, NULL, NULL, y, slope, function};
  nnk_for_ranges(pool, count, 8192, FOR_TYPE(activate), &activation);
}

void nnk_activation_gradient(
    int type, nnk_pool *pool, int function, double slope, const void *x, const void *y,
    const void *dy, void *dx, ptrdiff_t count) {
  struct activation activation = {x, y, dy, dx, slope, function};
  nnk_for_ranges(pool, count, 8192, FOR_TYPE(activation_gradient), &activation);
}

void nnk_softmax(
    int type, nnk_pool *pool, const void *x, void *y, ptrdiff_t rows, ptrdiff_t columns) {
  struct softmax softmax = {x, NULL, y, columns};
  nnk_for_ranges(pool, rows, grain_of(8192, columns), FOR_TYPE(softmax), &softmax);
}

void nnk_softmax_gradient(
    int type, nnk_pool *pool, const void *y, const void *dy, void *dx, ptrdiff_t rows,
    ptrdiff_t columns) {
  struct softmax softmax = {y, dy, dx, columns};
  nnk_for_ranges(pool, rows, grain_of(16384, columns), FOR_TYPE(softmax_gradient), &softmax);
}
