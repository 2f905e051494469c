// Compiled with the flags of the platform: SSE2 on x86, NEON on ARM.
#define CTU_ISA baseline
#define CTU_LANES 4
#include "body.h"
