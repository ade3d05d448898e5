// Convolution for float and for double at one level of the processor.
#define LEVEL_TEMPLATE "convolution.template.h"
#include "levels.twice.h"

#define METHOD_(level) method_##level
#define METHOD(level) METHOD_(level)
static const struct method METHOD(LEVEL) = {
    {KERNEL_NAME(walk_part, LEVEL, 32), KERNEL_NAME(walk_part, LEVEL, 64)},
    {KERNEL_NAME(gradient_part, LEVEL, 32), KERNEL_NAME(gradient_part, LEVEL, 64)},
    {VECTOR_BYTES / 4 * MAX_VECTORS, VECTOR_BYTES / 8 * MAX_VECTORS}};
#undef METHOD_
#undef METHOD
