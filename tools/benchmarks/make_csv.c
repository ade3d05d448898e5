// Writes a table of random numbers to stdout: make_csv ROWS COLUMNS
//
// The header is f0, f1, ...; the values are uniform in [-2, 2) with six decimals, from Marsaglia's
// xorshift generator (13, 7, 17) and his seed, so that the same table comes out everywhere.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

static uint64_t state = 88172645463325252u;

static double uniform(void) {
  state ^= state << 13;
  state ^= state >> 7;
  state ^= state << 17;
  return (double)(state >> 11) * 0x1p-53;
}

int main(int count, char **arguments) {
  if (count != 3) {
    fprintf(stderr, "usage: make_csv ROWS COLUMNS\n");
    return 64;
  }
  long rows = atol(arguments[1]), columns = atol(arguments[2]);
  for (long column = 0; column < columns; column++)
    printf("f%ld%c", column, column + 1 < columns ? ',' : '\n');
  for (long row = 0; row < rows; row++)
    for (long column = 0; column < columns; column++)
      printf("%.6f%c", (uniform() - 0.5) * 4, column + 1 < columns ? ',' : '\n');
  return ferror(stdout) ? 1 : 0;
}
