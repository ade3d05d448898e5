// The HDF5 C library, and as functions the macros of it that Swift cannot see.
#ifndef NNMODEL_CHDF5_SHIM_H
#define NNMODEL_CHDF5_SHIM_H

#if __has_include("/usr/include/hdf5/serial/hdf5.h")
#include "/usr/include/hdf5/serial/hdf5.h"
#else
#include <hdf5.h>
#endif

static inline hid_t nn_h5t_ieee_f32le(void) { return H5T_IEEE_F32LE; }

#endif
