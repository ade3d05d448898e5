#ifndef NNMODEL_CFUZZING_SHIM_H
#define NNMODEL_CFUZZING_SHIM_H

#include <stddef.h>
#include <stdint.h>

/// libFuzzer's own mutation: changes bytes in place and returns how many there are then. There only
/// in a build of `tools/fuzz`.
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);

#endif
