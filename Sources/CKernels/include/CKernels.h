// The loops over memory behind the module Kernels.
//
// Every function takes an element type, 0 for float and 1 for double, and addresses of elements
// of that type; `pool` may be null, which means one thread. Sizes are counted in elements.
#ifndef NNK_CKERNELS_H
#define NNK_CKERNELS_H

#include "activations.h"
#include "attention.h"
#include "channels.h"
#include "comparison.h"
#include "gathering.h"
#include "histogram.h"
#include "losses.h"
#include "merging.h"
#include "normalization.h"
#include "optimizers.h"
#include "pool.h"
#include "products.h"
#include "recurrent.h"
#include "strided.h"
#include "text.h"
#include "vectors.h"
#include "windows.h"

#endif
