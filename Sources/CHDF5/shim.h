// The HDF5 C library as Swift can use it: a table of its functions, filled when the library is
// first needed, and as values the macros that Swift cannot see.
//
// The library is loaded by name rather than linked because it is needed only to write a model or
// to read a foreign file, and because loading it, with the network libraries it may pull in, costs
// a program more time than predicting a small table.
#ifndef NNMODEL_CHDF5_SHIM_H
#define NNMODEL_CHDF5_SHIM_H

#if __has_include("/usr/include/hdf5/serial/hdf5.h")
#include "/usr/include/hdf5/serial/hdf5.h"
#else
#include <hdf5.h>
#endif

#include <dlfcn.h>
#include <stddef.h>
#include <string.h>

// Each function has the name used in Swift and the symbol behind it. The two differ only where
// HDF5 1.12 gave the function a new form under a new symbol.
#if H5_VERSION_GE(1, 12, 0)
#define NN_HDF5_VERSIONED_FUNCTIONS(X) \
  X(iterateLinks, H5Literate2)         \
  X(getLinkInformation, H5Lget_info2)
#else
#define NN_HDF5_VERSIONED_FUNCTIONS(X) \
  X(iterateLinks, H5Literate)          \
  X(getLinkInformation, H5Lget_info)
#endif

#define NN_HDF5_FUNCTIONS(X)                                \
  X(H5open, H5open)                                         \
  X(H5get_libversion, H5get_libversion)                     \
  X(H5Eset_auto2, H5Eset_auto2)                             \
  X(H5Eclear2, H5Eclear2)                                   \
  X(H5Ewalk2, H5Ewalk2)                                     \
  X(H5PLset_loading_state, H5PLset_loading_state)           \
  X(H5Iget_type, H5Iget_type)                               \
  X(H5Pcreate, H5Pcreate)                                   \
  X(H5Pclose, H5Pclose)                                     \
  X(H5Pset_libver_bounds, H5Pset_libver_bounds)             \
  X(H5Pset_fapl_sec2, H5Pset_fapl_sec2)                     \
  X(H5Pset_alignment, H5Pset_alignment)                     \
  X(H5Pset_fclose_degree, H5Pset_fclose_degree)             \
  X(H5Pset_meta_block_size, H5Pset_meta_block_size)         \
  X(H5Pset_sieve_buf_size, H5Pset_sieve_buf_size)           \
  X(H5Pset_file_locking, H5Pset_file_locking)               \
  X(H5Pset_obj_track_times, H5Pset_obj_track_times)         \
  X(H5Pset_link_creation_order, H5Pset_link_creation_order) \
  X(H5Pget_link_creation_order, H5Pget_link_creation_order) \
  X(H5Pset_link_phase_change, H5Pset_link_phase_change)     \
  X(H5Pset_est_link_info, H5Pset_est_link_info)             \
  X(H5Pset_char_encoding, H5Pset_char_encoding)             \
  X(H5Pset_layout, H5Pset_layout)                           \
  X(H5Pget_layout, H5Pget_layout)                           \
  X(H5Pset_alloc_time, H5Pset_alloc_time)                   \
  X(H5Pset_fill_time, H5Pset_fill_time)                     \
  X(H5Pget_external_count, H5Pget_external_count)           \
  X(H5Pget_nfilters, H5Pget_nfilters)                       \
  X(H5Pget_filter2, H5Pget_filter2)                         \
  X(H5Fcreate, H5Fcreate)                                   \
  X(H5Fopen, H5Fopen)                                       \
  X(H5Fflush, H5Fflush)                                     \
  X(H5Fclose, H5Fclose)                                     \
  X(H5Fget_filesize, H5Fget_filesize)                       \
  X(H5Gcreate2, H5Gcreate2)                                 \
  X(H5Gget_create_plist, H5Gget_create_plist)               \
  X(H5Gclose, H5Gclose)                                     \
  X(H5Lexists, H5Lexists)                                   \
  X(H5Oopen, H5Oopen)                                       \
  X(H5Oclose, H5Oclose)                                     \
  X(H5Dcreate2, H5Dcreate2)                                 \
  X(H5Dopen2, H5Dopen2)                                     \
  X(H5Dget_space, H5Dget_space)                             \
  X(H5Dget_type, H5Dget_type)                               \
  X(H5Dget_create_plist, H5Dget_create_plist)               \
  X(H5Dget_offset, H5Dget_offset)                           \
  X(H5Dget_storage_size, H5Dget_storage_size)               \
  X(H5Dread, H5Dread)                                       \
  X(H5Dwrite, H5Dwrite)                                     \
  X(H5Dvlen_reclaim, H5Dvlen_reclaim)                       \
  X(H5Dclose, H5Dclose)                                     \
  X(H5Screate, H5Screate)                                   \
  X(H5Screate_simple, H5Screate_simple)                     \
  X(H5Sget_simple_extent_type, H5Sget_simple_extent_type)   \
  X(H5Sget_simple_extent_ndims, H5Sget_simple_extent_ndims) \
  X(H5Sget_simple_extent_dims, H5Sget_simple_extent_dims)   \
  X(H5Sclose, H5Sclose)                                     \
  X(H5Tcopy, H5Tcopy)                                       \
  X(H5Tset_size, H5Tset_size)                               \
  X(H5Tset_cset, H5Tset_cset)                               \
  X(H5Tset_strpad, H5Tset_strpad)                           \
  X(H5Tset_fields, H5Tset_fields)                           \
  X(H5Tset_ebias, H5Tset_ebias)                             \
  X(H5Tget_class, H5Tget_class)                             \
  X(H5Tget_size, H5Tget_size)                               \
  X(H5Tget_order, H5Tget_order)                             \
  X(H5Tget_sign, H5Tget_sign)                               \
  X(H5Tget_precision, H5Tget_precision)                     \
  X(H5Tget_offset, H5Tget_offset)                           \
  X(H5Tget_fields, H5Tget_fields)                           \
  X(H5Tget_ebias, H5Tget_ebias)                             \
  X(H5Tget_norm, H5Tget_norm)                               \
  X(H5Tget_cset, H5Tget_cset)                               \
  X(H5Tget_strpad, H5Tget_strpad)                           \
  X(H5Tenum_create, H5Tenum_create)                         \
  X(H5Tenum_insert, H5Tenum_insert)                         \
  X(H5Tenum_nameof, H5Tenum_nameof)                         \
  X(H5Tget_nmembers, H5Tget_nmembers)                       \
  X(H5Tget_super, H5Tget_super)                             \
  X(H5Tis_variable_str, H5Tis_variable_str)                 \
  X(H5Tclose, H5Tclose)                                     \
  X(H5Acreate2, H5Acreate2)                                 \
  X(H5Aopen, H5Aopen)                                       \
  X(H5Aexists, H5Aexists)                                   \
  X(H5Aiterate2, H5Aiterate2)                               \
  X(H5Aget_space, H5Aget_space)                             \
  X(H5Aget_type, H5Aget_type)                               \
  X(H5Aread, H5Aread)                                       \
  X(H5Awrite, H5Awrite)                                     \
  X(H5Aclose, H5Aclose)                                     \
  NN_HDF5_VERSIONED_FUNCTIONS(X)

// Identifiers that HDF5 keeps in mutable globals and sets when it starts.
#define NN_HDF5_IDENTIFIERS(X)               \
  X(fileCreation, H5P_CLS_FILE_CREATE_ID_g)  \
  X(fileAccess, H5P_CLS_FILE_ACCESS_ID_g)    \
  X(groupCreation, H5P_CLS_GROUP_CREATE_ID_g) \
  X(datasetCreation, H5P_CLS_DATASET_CREATE_ID_g) \
  X(attributeCreation, H5P_CLS_ATTRIBUTE_CREATE_ID_g) \
  X(linkCreation, H5P_CLS_LINK_CREATE_ID_g)  \
  X(float32, H5T_IEEE_F32LE_g)               \
  X(float64, H5T_IEEE_F64LE_g)               \
  X(int8, H5T_STD_I8LE_g)                    \
  X(int16, H5T_STD_I16LE_g)                  \
  X(int32, H5T_STD_I32LE_g)                  \
  X(int64, H5T_STD_I64LE_g)                  \
  X(uint8, H5T_STD_U8LE_g)                   \
  X(uint16, H5T_STD_U16LE_g)                 \
  X(uint32, H5T_STD_U32LE_g)                 \
  X(uint64, H5T_STD_U64LE_g)                 \
  X(string, H5T_C_S1_g)

/// The functions of HDF5 that are used, and its identifiers.
struct nn_hdf5 {
#define NN_FIELD(name, symbol) __typeof__(symbol) *name;
  NN_HDF5_FUNCTIONS(NN_FIELD)
#undef NN_FIELD
#define NN_FIELD(name, symbol) hid_t name;
  NN_HDF5_IDENTIFIERS(NN_FIELD)
#undef NN_FIELD
};

/// Finds every function in a loaded library.
///
/// Returns null, or the name of the first function that is not there.
static inline const char *nn_hdf5_find_functions(struct nn_hdf5 *table, void *library) {
#define NN_STRING(symbol) #symbol
#define NN_FIND(name, symbol)                                            \
  table->name = (__typeof__(symbol) *)dlsym(library, NN_STRING(symbol)); \
  if (table->name == NULL) return NN_STRING(symbol);
  NN_HDF5_FUNCTIONS(NN_FIND)
#undef NN_FIND
  return NULL;
}

/// Tells a loaded library that was not started yet to do nothing at the end of the program.
static inline void nn_hdf5_keep_from_exit(void *library) {
  __typeof__(H5dont_atexit) *function =
      (__typeof__(H5dont_atexit) *)dlsym(library, "H5dont_atexit");
  if (function != NULL) function();
}

/// Reads every identifier, once the library has been started with `H5open`.
///
/// Returns null, or the name of the first identifier that is not there.
static inline const char *nn_hdf5_find_identifiers(struct nn_hdf5 *table, void *library) {
#define NN_FIND(name, symbol)                                              \
  {                                                                        \
    const hid_t *identifier = (const hid_t *)dlsym(library, NN_STRING(symbol)); \
    if (identifier == NULL) return NN_STRING(symbol);                      \
    table->name = *identifier;                                             \
  }
  NN_HDF5_IDENTIFIERS(NN_FIND)
#undef NN_FIND
#undef NN_STRING
  return NULL;
}

// The values of macros that call a function or cast, which Swift does not import.
static const unsigned nn_hdf5_create_new = 0x0004u;  // H5F_ACC_EXCL, without its version check
static const unsigned nn_hdf5_truncate = 0x0002u;    // H5F_ACC_TRUNC, likewise
static const unsigned nn_hdf5_read_only = 0x0000u;   // H5F_ACC_RDONLY, likewise
static const haddr_t nn_hdf5_no_address = HADDR_UNDEF;
static const ptrdiff_t nn_hdf5_variable = -1;  // H5T_VARIABLE, the largest size_t

/// The object that a hard link leads to, the same for two links to one object.
struct nn_hdf5_identity {
  unsigned char bytes[16];
};

static inline struct nn_hdf5_identity nn_hdf5_identity_of(const H5L_info_t *information) {
  struct nn_hdf5_identity identity = {{0}};
#if H5_VERSION_GE(1, 12, 0)
  memcpy(identity.bytes, &information->u.token, sizeof identity.bytes);
#else
  memcpy(identity.bytes, &information->u.address, sizeof information->u.address);
#endif
  return identity;
}

// The version of the headers this was compiled with.
static const unsigned nn_hdf5_major = H5_VERS_MAJOR;
static const unsigned nn_hdf5_minor = H5_VERS_MINOR;

#if defined(__linux__)
// Swift does not see it, for the C library declares it for GNU programs only.
extern int nn_sync_file_range(int file, long offset, long count, unsigned flags)
    __asm__("sync_file_range");
#endif

/// Begins to bring what is written of a file to the disk, where the system can be asked for that.
static inline void nn_begin_writeback(int file) {
#if defined(__linux__)
  // SYNC_FILE_RANGE_WRITE, for the whole file.
  (void)nn_sync_file_range(file, 0, 0, 2);
#else
  (void)file;
#endif
}

#endif
