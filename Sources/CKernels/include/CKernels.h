#include "text.h"
int nnk_version(void);
