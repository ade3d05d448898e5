// Includes TEMPLATE twice: for float with names in _f32, for double with names in _f64.
//
// INDEPENDENT stands before a loop whose turns touch nothing of one another's: arrays are equal or
// disjoint. Loops over double call the C library and are left as they are.
#define REAL float
#define WORD uint32_t
#define IS_DOUBLE 0
#define NAME(base) base##_f32
#define INDEPENDENT _Pragma("clang loop vectorize(assume_safety)")
#include TEMPLATE
#undef REAL
#undef WORD
#undef IS_DOUBLE
#undef NAME
#undef INDEPENDENT

#define REAL double
#define WORD uint64_t
#define IS_DOUBLE 1
#define NAME(base) base##_f64
#define INDEPENDENT
#include TEMPLATE
#undef REAL
#undef WORD
#undef IS_DOUBLE
#undef NAME
#undef INDEPENDENT
#undef TEMPLATE
