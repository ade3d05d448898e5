// Text to numbers and back, at the speed of memory: delimited records, decimal numbers, names.
//
// Every text handed in must have 64 readable bytes before its first and after its last byte;
// `TextBuffer` in the Kernels module provides them.
#ifndef NNK_TEXT_H
#define NNK_TEXT_H

#include <stddef.h>
#include <stdint.h>

// How records are written. A quote is always the double quote.
typedef struct {
  uint8_t delimiter;
  uint8_t newline;  // '\n', or '\r' in files that know nothing else
  uint8_t decimal;  // '.' or ','
} nnk_dialect;

// What can be wrong with a text.
enum {
  NNK_TEXT_OK = 0,
  NNK_TEXT_NUL = 1,          // a zero byte
  NNK_TEXT_OPEN_QUOTE = 2,   // a quote that is never closed
  NNK_TEXT_AFTER_QUOTE = 3,  // something between a closing quote and the next delimiter
  NNK_TEXT_RAGGED = 4,       // a record with another number of fields
};

// MARK: Records (text_scan.c)

typedef struct {
  size_t end;       // bytes of whole records, from the start
  size_t lines;     // line ends in them
  size_t position;  // of what is wrong, when something is
  int32_t status;
} nnk_split;

// Finds the whole records at the start of a text that starts with a record. With `is_last`, the
// text must end with a newline.
nnk_split nnk_text_split(
    const uint8_t *text, size_t count, nnk_dialect dialect, int32_t is_last);

// The number of newlines.
size_t nnk_text_count_lines(const uint8_t *text, size_t count, uint8_t newline);

typedef struct {
  size_t separators;  // delimiters and newlines outside quotes
  size_t newlines;    // newlines outside quotes
  size_t position;
  int32_t status;
} nnk_index;

// Writes the positions of all delimiters and newlines outside quotes. `ends` has room for
// `count + 64` positions.
nnk_index nnk_text_index(
    const uint8_t *text, size_t count, nnk_dialect dialect, uint32_t *ends);

#define NNK_EMPTY_PLACES 5

typedef struct {
  size_t rows;
  size_t empty;     // lines without anything, left out
  size_t empty_at[NNK_EMPTY_PLACES];  // where the first of them start
  size_t position;  // start of a ragged record
  size_t found;     // its number of fields
  int32_t status;
} nnk_rows;

// Makes of an index a grid of `rows` times `columns`: checks that every record has as many
// fields, leaves empty lines out and writes where each row starts.
nnk_rows nnk_text_rows(
    const uint8_t *text, nnk_dialect dialect, uint32_t *ends, size_t separators,
    size_t newlines, size_t columns, uint32_t *starts);

// MARK: Fields (text_field.c)

// The content of a field: without surrounding blanks, a carriage return, or quotes. `owned` is
// memory to free, set only where a doubled quote had to be made single.
typedef struct {
  const uint8_t *bytes;
  size_t count;
  uint8_t *owned;
} nnk_field;

nnk_field nnk_text_field(const uint8_t *start, const uint8_t *end);
void nnk_text_field_free(nnk_field field);

// MARK: Numbers (text_number.c)

enum {
  NNK_NUMBER = 0,
  NNK_MISSING = 1,    // empty, or a word for it
  NNK_INFINITE = 2,   // a word for infinity
  NNK_TOO_LARGE = 3,  // a number that no float32 can hold
  NNK_TEXT = 4,       // anything else
};

// Reads a field as a number, correctly rounded to double.
int32_t nnk_text_number(
    const uint8_t *start, const uint8_t *end, uint8_t decimal, double *value);

// Whether a field's content is one of the words for a missing value, in any case:
// nothing, na, n/a, #n/a, <na>, nan, null, none, ? and -.
int32_t nnk_text_is_missing(const uint8_t *bytes, size_t count);

// 1 for true, yes, t, y; 0 for false, no, f, n; in any case; -1 for anything else.
int32_t nnk_text_truth(const uint8_t *bytes, size_t count);

typedef struct {
  size_t kinds[5];  // how many fields were of each NNK_ kind
  size_t truths;    // of NNK_TEXT, how many are words of truth
  size_t first[5];  // the row of the first field of each kind
} nnk_column_summary;

// Reads one column of a grid. Missing, infinite and too large numbers and texts become NaN.
// With `stops_at_text`, nothing is read after the first text.
nnk_column_summary nnk_text_read_numbers(
    const uint8_t *text, const uint32_t *ends, const uint32_t *starts, size_t rows,
    size_t columns, size_t column, uint8_t decimal, int32_t stops_at_text, double *values);

// Writes a float in the fewest digits that give it back (at most nine); returns the number of
// bytes, at most 16, and may touch 24. Not finite: nan, inf, -inf.
size_t nnk_text_print_float(float value, uint8_t *out);

// MARK: Names (text_dictionary.c)

// A table of distinct byte strings, numbered in the order they came.
typedef struct nnk_dictionary nnk_dictionary;

nnk_dictionary *nnk_dictionary_create(void);
void nnk_dictionary_free(nnk_dictionary *dictionary);
int32_t nnk_dictionary_insert(nnk_dictionary *dictionary, const uint8_t *bytes, size_t count);
int32_t nnk_dictionary_find(
    const nnk_dictionary *dictionary, const uint8_t *bytes, size_t count);
int32_t nnk_dictionary_count(const nnk_dictionary *dictionary);
const uint8_t *nnk_dictionary_bytes(
    const nnk_dictionary *dictionary, int32_t index, size_t *count);

// Codes one column of a grid; a missing value is -1.
void nnk_text_read_names(
    const uint8_t *text, const uint32_t *ends, const uint32_t *starts, size_t rows,
    size_t columns, size_t column, nnk_dictionary *dictionary, int32_t *codes);

// MARK: Encoding (text_encode.c)

enum {
  NNK_ENCODE_NUMBER = 0,   // (value - offset) * scale, a float
  NNK_ENCODE_TRUTH = 1,    // 0 or 1, a float
  NNK_ENCODE_ONE_HOT = 2,  // 1 at output + code, floats
  NNK_ENCODE_CODE = 3,     // the code, an int32
};

// What becomes of one column of the file.
typedef struct {
  int32_t kind;
  int32_t field;         // its place in the row
  int32_t buffer;        // which of the buffers it goes to
  int32_t output;        // where in a row of that buffer
  int32_t flag;          // where its was-missing flag goes, or -1
  int32_t allows_missing;
  int32_t allows_unreadable;  // texts, infinities and too large numbers count as missing
  int32_t missing_code;  // codes of a missing and of an unknown name; -1 for none
  int32_t unknown_code;
  int32_t allows_unknown;
  int32_t has_number_keys;    // names are the bytes of doubles
  float fill;            // what a missing number becomes
  double offset;
  double scale;
  const nnk_dictionary *dictionary;
} nnk_encode_column;

typedef struct {
  size_t missing;
  size_t unknown;
  size_t unreadable;
} nnk_encode_count;

enum {
  NNK_ENCODE_OK = 0,
  NNK_ENCODE_MISSING = 1,
  NNK_ENCODE_UNREADABLE = 2,  // `found` says which kind
  NNK_ENCODE_UNKNOWN = 3,
};

typedef struct {
  int32_t status;
  int32_t column;  // in the list of columns to encode
  int32_t found;   // NNK_TEXT, NNK_INFINITE or NNK_TOO_LARGE
  size_t row;
} nnk_encode_result;

// One destination: 4-byte elements, `width` per row; `row` is what a row holds before anything
// is written to it, or null for nothing.
typedef struct {
  void *data;
  size_t width;
  const void *row;
} nnk_encode_buffer;

// Encodes all rows of a grid. Stops at the first field that its column's policy refuses.
nnk_encode_result nnk_text_encode(
    const uint8_t *text, const uint32_t *ends, const uint32_t *starts, size_t rows,
    size_t columns, uint8_t decimal, const nnk_encode_column *list, size_t list_count,
    const nnk_encode_buffer *buffers, size_t buffer_count, nnk_encode_count *counts);

// MARK: Printing rows (text_print.c)

enum {
  NNK_PIECE_LITERAL = 0,
  NNK_PIECE_CLASS = 1,      // the name of the largest of `count` outputs from number `index`
  NNK_PIECE_NUMBER = 2,     // output number `index`, times scale, plus offset
  NNK_PIECE_FIELD = 3,      // field number `index` of the input, as CSV
  NNK_PIECE_JSON_FIELD = 4,  // the same as a JSON value
  NNK_PIECE_LABELS = 5,     // the names of those of `count` outputs from `index` that are 0.5 or more
};

// One part of a printed row: the literal, then what the kind says. Eight bytes from the literal's
// start must be readable, and from those of names.
typedef struct {
  int32_t kind;
  int32_t index;
  int32_t count;
  int32_t separator;  // what stands between labels
  const uint8_t *literal;
  size_t literal_count;
  double scale;
  double offset;
} nnk_piece;

typedef struct {
  const uint8_t *bytes;
  size_t count;
} nnk_bytes;

// The most bytes that `nnk_text_print_rows` writes.
size_t nnk_text_print_bound(
    const nnk_piece *pieces, size_t piece_count, const nnk_bytes *names, size_t name_count,
    size_t rows, size_t text_count);

// Prints rows of outputs, whose names are those of the same number; returns the number of bytes. With `is_json`, a number that is not
// finite is null. `text`, `ends` and `starts` may be null where no piece is a field.
size_t nnk_text_print_rows(
    const nnk_piece *pieces, size_t piece_count, const nnk_bytes *names, size_t name_count,
    const float *outputs, size_t width, size_t rows, const uint8_t *text, const uint32_t *ends,
    const uint32_t *starts, size_t columns, uint8_t delimiter, int32_t is_json, uint8_t *out);

#endif
