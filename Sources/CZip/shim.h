// The libzip C library as Swift can use it: a table of its functions, filled when an archive is first
// read or written. It is loaded by name rather than linked, for most commands never need it.
#ifndef NNMODEL_CZIP_SHIM_H
#define NNMODEL_CZIP_SHIM_H

#include <dlfcn.h>
#include <stddef.h>
#include <zip.h>

#define NN_ZIP_FUNCTIONS(X)                         \
  X(openSource, zip_open_from_source)               \
  X(openFile, zip_open)                             \
  X(close, zip_close)                               \
  X(discard, zip_discard)                           \
  X(error, zip_get_error)                           \
  X(entryCount, zip_get_num_entries)                \
  X(status, zip_stat_index)                         \
  X(openEntry, zip_fopen_index)                     \
  X(read, zip_fread)                                \
  X(closeEntry, zip_fclose)                         \
  X(entryError, zip_file_get_error)                 \
  X(makeSource, zip_source_buffer_create)           \
  X(freeSource, zip_source_free)                    \
  X(add, zip_file_add)                              \
  X(setCompression, zip_set_file_compression)       \
  X(setTime, zip_file_set_dostime)                  \
  X(startError, zip_error_init)                     \
  X(startErrorWithCode, zip_error_init_with_code)   \
  X(endError, zip_error_fini)                       \
  X(errorCode, zip_error_code_zip)                  \
  X(errorWords, zip_error_strerror)

/// The functions of libzip that are used.
struct nn_zip {
#define NN_ZIP_FIELD(name, symbol) __typeof__(symbol) *name;
  NN_ZIP_FUNCTIONS(NN_ZIP_FIELD)
#undef NN_ZIP_FIELD
};

/// Finds every function in a loaded library.
///
/// Returns null, or the name of the first function that is not there.
static inline const char *nn_zip_find_functions(struct nn_zip *table, void *library) {
#define NN_ZIP_FIND(name, symbol)                                  \
  table->name = (__typeof__(symbol) *)dlsym(library, #symbol);     \
  if (table->name == NULL) return #symbol;
  NN_ZIP_FUNCTIONS(NN_ZIP_FIND)
#undef NN_ZIP_FIND
  return NULL;
}

// The 1st of January 1980 at midnight, the first time that zip can say, as MS-DOS writes it.
static const zip_uint16_t nn_zip_first_date = (0u << 9) | (1u << 5) | 1u;

#endif
