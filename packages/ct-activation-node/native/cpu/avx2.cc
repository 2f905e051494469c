// Compiled with -mavx2 -mfma.
#define CTU_ISA avx2
#define CTU_LANES 8
#include "body.h"
