// Ends a level of levels.h.
#undef LEVEL
#undef TARGET
#undef VECTOR_BYTES
#undef MAX_ROWS
#undef MAX_VECTORS
#undef HAS_MASKS
