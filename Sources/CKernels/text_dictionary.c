// Names to numbers: an open-addressing hash table over one growing store of bytes.
#include <stdlib.h>

#include "text_internal.h"

typedef struct {
  uint64_t hash;
  size_t start;
  size_t count;
} entry;

struct nnk_dictionary {
  uint8_t *store;
  size_t store_count, store_capacity;
  entry *entries;
  int32_t entry_count, entry_capacity;
  int32_t *slots;  // entry number, or -1
  uint32_t slot_mask;
};

static uint64_t hash_bytes(const uint8_t *bytes, size_t count) {
  const uint64_t odd = 0x9E3779B97F4A7C15;
  uint64_t hash = count * odd;
  for (; count >= 8; bytes += 8, count -= 8) {
    hash = (hash ^ nnk_load8(bytes)) * odd;
    hash ^= hash >> 29;
  }
  uint64_t rest = 0;
  for (size_t place = 0; place < count; place++) rest = rest << 8 | bytes[place];
  hash = (hash ^ rest) * odd;
  hash ^= hash >> 32;
  hash *= odd;
  return hash ^ hash >> 29;
}

nnk_dictionary *nnk_dictionary_create(void) {
  nnk_dictionary *dictionary = calloc(1, sizeof *dictionary);
  if (!dictionary) abort();
  dictionary->slot_mask = 63;
  dictionary->slots = malloc(64 * sizeof *dictionary->slots);
  if (!dictionary->slots) abort();
  memset(dictionary->slots, 0xFF, 64 * sizeof *dictionary->slots);
  return dictionary;
}

void nnk_dictionary_free(nnk_dictionary *dictionary) {
  if (!dictionary) return;
  free(dictionary->store);
  free(dictionary->entries);
  free(dictionary->slots);
  free(dictionary);
}

// The slot of a name, or the empty slot where it would be.
static uint32_t slot_of(
    const nnk_dictionary *dictionary, uint64_t hash, const uint8_t *bytes, size_t count) {
  uint32_t slot = (uint32_t)hash & dictionary->slot_mask;
  for (;; slot = (slot + 1) & dictionary->slot_mask) {
    int32_t number = dictionary->slots[slot];
    if (number < 0) return slot;
    const entry *found = &dictionary->entries[number];
    if (found->hash == hash && found->count == count &&
        memcmp(dictionary->store + found->start, bytes, count) == 0)
      return slot;
  }
}

int32_t nnk_dictionary_find(
    const nnk_dictionary *dictionary, const uint8_t *bytes, size_t count) {
  if (dictionary->entry_count == 0) return -1;
  return dictionary->slots[slot_of(dictionary, hash_bytes(bytes, count), bytes, count)];
}

static void *grown(void *memory, size_t byte_count) {
  void *larger = realloc(memory, byte_count);
  if (!larger) abort();
  return larger;
}

int32_t nnk_dictionary_insert(nnk_dictionary *dictionary, const uint8_t *bytes, size_t count) {
  // `memcmp` and `memcpy` want a store that exists, also for the empty name.
  if (dictionary->store_count + count + 1 > dictionary->store_capacity) {
    dictionary->store_capacity = 2 * (dictionary->store_count + count + 64);
    dictionary->store = grown(dictionary->store, dictionary->store_capacity);
  }
  uint64_t hash = hash_bytes(bytes, count);
  uint32_t slot = slot_of(dictionary, hash, bytes, count);
  if (dictionary->slots[slot] >= 0) return dictionary->slots[slot];
  if (dictionary->entry_count == dictionary->entry_capacity) {
    dictionary->entry_capacity = 2 * dictionary->entry_capacity + 32;
    dictionary->entries =
        grown(dictionary->entries, (size_t)dictionary->entry_capacity * sizeof(entry));
  }
  int32_t number = dictionary->entry_count++;
  dictionary->entries[number] = (entry){hash, dictionary->store_count, count};
  memcpy(dictionary->store + dictionary->store_count, bytes, count);
  dictionary->store_count += count;
  dictionary->slots[slot] = number;
  if ((uint32_t)dictionary->entry_count * 2 > dictionary->slot_mask) {
    dictionary->slot_mask = dictionary->slot_mask * 2 + 1;
    size_t slot_count = (size_t)dictionary->slot_mask + 1;
    dictionary->slots = grown(dictionary->slots, slot_count * sizeof *dictionary->slots);
    memset(dictionary->slots, 0xFF, slot_count * sizeof *dictionary->slots);
    for (int32_t other = 0; other < dictionary->entry_count; other++) {
      uint32_t place = (uint32_t)dictionary->entries[other].hash & dictionary->slot_mask;
      while (dictionary->slots[place] >= 0) place = (place + 1) & dictionary->slot_mask;
      dictionary->slots[place] = other;
    }
  }
  return number;
}

int32_t nnk_dictionary_count(const nnk_dictionary *dictionary) {
  return dictionary->entry_count;
}

const uint8_t *nnk_dictionary_bytes(
    const nnk_dictionary *dictionary, int32_t index, size_t *count) {
  *count = dictionary->entries[index].count;
  return dictionary->store + dictionary->entries[index].start;
}

void nnk_text_read_names(
    const uint8_t *text, const uint32_t *ends, const uint32_t *starts, size_t rows,
    size_t columns, size_t column, nnk_dictionary *dictionary, int32_t *codes) {
  for (size_t row = 0; row < rows; row++) {
    const uint8_t *start, *end;
    nnk_field_range(text, ends, starts, columns, row, column, &start, &end);
    nnk_field field = nnk_text_field(start, end);
    codes[row] = nnk_text_is_missing(field.bytes, field.count)
                     ? -1
                     : nnk_dictionary_insert(dictionary, field.bytes, field.count);
    nnk_text_field_free(field);
  }
}
