// A library that makes system calls on chosen files fail, to be loaded before all others
// (LD_PRELOAD) by the tests of what a program does when a disk is full or broken.
//
// | variable       | meaning                                                                  |
// | -------------- | ------------------------------------------------------------------------ |
// | FAULT_CALL     | which call: open, write, read, sync, rename, link, unlink, close,        |
// |                | truncate, map; `write` and `read` stand for those at a place too         |
// | FAULT_PATH     | what the path of the file contains                                       |
// | FAULT_AT       | which of these calls fails, from 1                                       |
// | FAULT_ERROR    | the number of the error; 0: the call is carried out for half of the      |
// |                | bytes, and succeeds                                                      |
// | FAULT_STAYS    | when set, all later calls fail too                                       |
// | FAULT_MARK     | a file that is made when a call fails                                    |
// | FAULT_STRAY    | when set, the mark is made when a file is closed that is not open        |

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

static atomic_int count;

static void mark(void) {
  const char *path = getenv("FAULT_MARK");
  if (!path) return;
  // Not through `open`, which may be what fails.
  long made = syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT, 0644);
  if (made >= 0) syscall(SYS_close, made);
}

/// The error with which a call on a file is to fail; 0 where it is to be halved, -1 where it is to be
/// left alone.
static int fault(const char *call, const char *path) {
  const char *wanted = getenv("FAULT_CALL");
  const char *pattern = getenv("FAULT_PATH");
  const char *place = getenv("FAULT_AT");
  const char *error = getenv("FAULT_ERROR");
  if (!wanted || !pattern || !place || !error || strcmp(wanted, call) || !strstr(path, pattern)) {
    return -1;
  }
  int number = atomic_fetch_add(&count, 1) + 1;
  if (number < atoi(place) || (number > atoi(place) && !getenv("FAULT_STAYS"))) return -1;
  mark();
  return atoi(error);
}

/// The same for an open file.
static int fault_of(const char *call, int file) {
  char link[64], path[PATH_MAX];
  snprintf(link, sizeof link, "/proc/self/fd/%d", file);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (length < 0) return -1;
  path[length] = 0;
  return fault(call, path);
}

#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

/// Ends the call with the error of a fault, if there is one.
#define FAIL(found, result) \
  if ((found) > 0) {        \
    errno = (found);        \
    return result;          \
  }

#define OPEN(name)                                                     \
  int name(const char *path, int flags, ...) {                         \
    va_list more;                                                      \
    va_start(more, flags);                                             \
    mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(more, int) : 0; \
    va_end(more);                                                      \
    int found = fault("open", path);                                   \
    FAIL(found, -1)                                                    \
    return NEXT(name)(path, flags, mode);                              \
  }
OPEN(open)
OPEN(open64)

#define OPENAT(name)                                                   \
  int name(int folder, const char *path, int flags, ...) {             \
    va_list more;                                                      \
    va_start(more, flags);                                             \
    mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(more, int) : 0; \
    va_end(more);                                                      \
    int found = fault("open", path);                                   \
    FAIL(found, -1)                                                    \
    return NEXT(name)(folder, path, flags, mode);                      \
  }
OPENAT(openat)
OPENAT(openat64)

/// Half of the bytes, and at least one, where a call is to be halved.
static size_t part(int found, size_t size) { return found == 0 && size > 1 ? size / 2 : size; }

ssize_t write(int file, const void *bytes, size_t size) {
  int found = fault_of("write", file);
  FAIL(found, -1)
  return NEXT(write)(file, bytes, part(found, size));
}

ssize_t read(int file, void *bytes, size_t size) {
  int found = fault_of("read", file);
  FAIL(found, -1)
  return NEXT(read)(file, bytes, part(found, size));
}

#define AT_A_PLACE(name, call, type, offset_type)                              \
  ssize_t name(int file, type bytes, size_t size, offset_type offset) {        \
    int found = fault_of(call, file);                                          \
    FAIL(found, -1)                                                            \
    return NEXT(name)(file, bytes, part(found, size), offset);                 \
  }
AT_A_PLACE(pwrite, "write", const void *, off_t)
AT_A_PLACE(pwrite64, "write", const void *, off64_t)
AT_A_PLACE(pread, "read", void *, off_t)
AT_A_PLACE(pread64, "read", void *, off64_t)

#define OF_A_FILE(name, call)           \
  int name(int file) {                  \
    int found = fault_of(call, file);   \
    FAIL(found, -1)                     \
    return NEXT(name)(file);            \
  }
OF_A_FILE(fsync, "sync")
OF_A_FILE(fdatasync, "sync")

int close(int file) {
  int found = fault_of("close", file);
  // A file is closed whatever `close` says.
  int result = NEXT(close)(file);
  if (result != 0 && errno == EBADF && getenv("FAULT_STRAY")) mark();
  FAIL(found, -1)
  return result;
}

int ftruncate(int file, off_t size) {
  int found = fault_of("truncate", file);
  FAIL(found, -1)
  return NEXT(ftruncate)(file, size);
}

int ftruncate64(int file, off64_t size) {
  int found = fault_of("truncate", file);
  FAIL(found, -1)
  return NEXT(ftruncate64)(file, size);
}

int rename(const char *old, const char *new) {
  int found = fault("rename", new);
  FAIL(found, -1)
  return NEXT(rename)(old, new);
}

int link(const char *old, const char *new) {
  int found = fault("link", new);
  FAIL(found, -1)
  return NEXT(link)(old, new);
}

int unlink(const char *path) {
  int found = fault("unlink", path);
  FAIL(found, -1)
  return NEXT(unlink)(path);
}

#define MAP(name, offset_type)                                                             \
  void *name(void *at, size_t size, int access, int flags, int file, offset_type offset) { \
    int found = file >= 0 ? fault_of("map", file) : -1;                                    \
    FAIL(found, MAP_FAILED)                                                                \
    return NEXT(name)(at, size, access, flags, file, offset);                              \
  }
MAP(mmap, off_t)
MAP(mmap64, off64_t)
