// Stands in for baseline.cc in a test: the body at the width of AVX-512, for machines that have none.
#define CTU_ISA baseline
#define CTU_LANES 16
#include "../cpu/body.h"
