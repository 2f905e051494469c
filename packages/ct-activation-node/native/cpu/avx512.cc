// Compiled with -mavx512f -mavx512dq -mavx512bw -mavx512vl -mfma.
#define CTU_ISA avx512
#define CTU_LANES 16
#include "body.h"
