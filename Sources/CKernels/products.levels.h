// Includes the product for float and for double at one level of the processor, and undefines the
// level's parameters.
#define REAL float
#define BITS 32
#define LANES (VECTOR_BYTES / 4)
#include "products.template.h"
#undef REAL
#undef BITS
#undef LANES

#define REAL double
#define BITS 64
#define LANES (VECTOR_BYTES / 8)
#include "products.template.h"
#undef REAL
#undef BITS
#undef LANES

#define METHOD_(level) method_##level
#define METHOD(level) METHOD_(level)
#define TEXT_(level) #level
#define TEXT(level) TEXT_(level)
static const struct method METHOD(LEVEL) = {
    TEXT(LEVEL),
    {KERNEL_NAME(product_part, LEVEL, 32), KERNEL_NAME(product_part, LEVEL, 64)},
    {MAX_ROWS, MAX_ROWS},
    {VECTOR_BYTES / 4 * MAX_VECTORS, VECTOR_BYTES / 8 * MAX_VECTORS}};
#undef METHOD_
#undef METHOD
#undef TEXT_
#undef TEXT
#undef LEVEL
#undef TARGET
#undef VECTOR_BYTES
#undef MAX_ROWS
#undef MAX_VECTORS
#undef HAS_MASKS
