CLONES static void NAME(scatter_add)(
    const REAL *rows, const int32_t *indices, ptrdiff_t count, ptrdiff_t columns, REAL *target) {
  for (ptrdiff_t r = 0; r < count; r++) {
    const REAL *row = rows + r * columns;
    REAL *sum = target + indices[r] * columns;
    INDEPENDENT for (ptrdiff_t c = 0; c < columns; c++) sum[c] += row[c];
  }
}
