#include "math.template.h"

#define LOOP INDEPENDENT for (ptrdiff_t i = start; i < end; i++)

CLONES static void NAME(sgd)(const void *arguments, ptrdiff_t start, ptrdiff_t end) {
  const struct optimizer *o = arguments;
  REAL *p = o->p, *velocity = o->first;
  const REAL *g = o->g;
  REAL rate = (REAL)o->rate, momentum = (REAL)o->momentum, decay = (REAL)o->decay,
       factor = (REAL)o->factor;
  if (!velocity) {
    LOOP p[i] -= rate * (g[i] * factor + decay * p[i]);
  } else if (o->nesterov) {
    REAL kept = o->first_step ? 0 : momentum;
    LOOP {
      REAL d = g[i] * factor + decay * p[i];
      REAL v = o->first_step ? d : kept * velocity[i] + d;
      velocity[i] = v;
      p[i] -= rate * (d + momentum * v);
    }
  } else {
    LOOP {
      REAL d = g[i] * factor + decay * p[i];
      REAL v = o->first_step ? d : momentum * velocity[i] + d;
      velocity[i] = v;
      p[i] -= rate * v;
    }
  }
}

CLONES static void NAME(adagrad)(const void *arguments, ptrdiff_t start, ptrdiff_t end) {
  const struct optimizer *o = arguments;
  REAL *p = o->p, *squares = o->second;
  const REAL *g = o->g;
  REAL rate = (REAL)o->rate, epsilon = (REAL)o->epsilon, decay = (REAL)o->decay,
       factor = (REAL)o->factor;
  LOOP {
    REAL d = g[i] * factor + decay * p[i];
    REAL s = squares[i] + d * d;
    squares[i] = s;
    p[i] -= rate * d / (NAME(square_root_of)(s) + epsilon);
  }
}

CLONES static void NAME(rmsprop)(const void *arguments, ptrdiff_t start, ptrdiff_t end) {
  const struct optimizer *o = arguments;
  REAL *p = o->p, *square = o->second, *velocity = o->first;
  const REAL *g = o->g;
  REAL rate = (REAL)o->rate, momentum = (REAL)o->momentum, epsilon = (REAL)o->epsilon,
       decay = (REAL)o->decay, factor = (REAL)o->factor, kept = (REAL)o->smoothing,
       added = (REAL)(1 - o->smoothing);
  if (!velocity) {
    LOOP {
      REAL d = g[i] * factor + decay * p[i];
      REAL s = kept * square[i] + added * d * d;
      square[i] = s;
      p[i] -= rate * d / (NAME(square_root_of)(s) + epsilon);
    }
  } else {
    LOOP {
      REAL d = g[i] * factor + decay * p[i];
      REAL s = kept * square[i] + added * d * d;
      square[i] = s;
      REAL v = momentum * velocity[i] + d / (NAME(square_root_of)(s) + epsilon);
      velocity[i] = v;
      p[i] -= rate * v;
    }
  }
}

CLONES static void NAME(adam)(const void *arguments, ptrdiff_t start, ptrdiff_t end) {
  const struct optimizer *o = arguments;
  REAL *p = o->p, *first = o->first, *second = o->second;
  const REAL *g = o->g;
  REAL rate = (REAL)o->rate, epsilon = (REAL)o->epsilon, decay = (REAL)o->decay,
       factor = (REAL)o->factor, shrinkage = (REAL)o->shrinkage,
       correction = (REAL)o->root_correction, kept1 = (REAL)o->momentum,
       added1 = (REAL)(1 - o->momentum), kept2 = (REAL)o->smoothing,
       added2 = (REAL)(1 - o->smoothing);
  LOOP {
    REAL d = g[i] * factor + decay * p[i];
    REAL m = kept1 * first[i] + added1 * d;
    REAL v = kept2 * second[i] + added2 * d * d;
    first[i] = m;
    second[i] = v;
    p[i] = p[i] * shrinkage - rate * m / (NAME(square_root_of)(v) * correction + epsilon);
  }
}

#undef LOOP
