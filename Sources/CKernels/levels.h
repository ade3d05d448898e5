// Includes LEVEL_BODY for each level of the processor, with its vectors and registers.
//
// A level's functions end in its name and in the width of its numbers: sum_avx512_f32.
#define KERNEL_NAME_(base, level, bits) base##_##level##_f##bits
#define KERNEL_NAME(base, level, bits) KERNEL_NAME_(base, level, bits)
#define NAME(base) KERNEL_NAME(base, LEVEL, BITS)

// MARK: AVX-512: 32 registers of 64 bytes hold 14 rows of two vectors, two of b and one of a.
#if defined(__x86_64__)
#include <immintrin.h>

#define LEVEL avx512
#define TARGET __attribute__((target("arch=x86-64-v4")))
#define VECTOR_BYTES 64
#define MAX_ROWS 14
#define MAX_VECTORS 2
#define HAS_MASKS 1
#include LEVEL_BODY
#include "levels.end.h"

// MARK: AVX2: 16 registers of 32 bytes hold 6 rows of two vectors.
#define LEVEL avx2
#define TARGET __attribute__((target("arch=x86-64-v3")))
#define VECTOR_BYTES 32
#define MAX_ROWS 6
#define MAX_VECTORS 2
#define HAS_MASKS 0
#include LEVEL_BODY
#include "levels.end.h"
#endif

// MARK: Portable: vectors of 16 bytes, of which arm64 has 32 and the first x86-64 has 16.
#define LEVEL portable
#define TARGET
#define VECTOR_BYTES 16
#if defined(__aarch64__)
#define MAX_ROWS 6
#define MAX_VECTORS 4
#else
#define MAX_ROWS 6
#define MAX_VECTORS 2
#endif
#define HAS_MASKS 0
#include LEVEL_BODY
#include "levels.end.h"
#undef LEVEL_BODY
