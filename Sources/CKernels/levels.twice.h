// Includes LEVEL_TEMPLATE for float and for double at one level of the processor.
#define REAL float
#define BITS 32
#define LANES (VECTOR_BYTES / 4)
#include LEVEL_TEMPLATE
#undef REAL
#undef BITS
#undef LANES

#define REAL double
#define BITS 64
#define LANES (VECTOR_BYTES / 8)
#include LEVEL_TEMPLATE
#undef REAL
#undef BITS
#undef LANES
#undef LEVEL_TEMPLATE
