#include "CKernels.h"
int nnk_version(void) { return 1; }
