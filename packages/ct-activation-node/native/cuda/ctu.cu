// The CUDA kernels. Compiled to cubins and PTX by compile.py; launched by launch.h. No includes but these, so that
// NVRTC, nvcc and, under test/emulatedDriver.cc, a C++ compiler for the CPU take the same text.
#include "columns.h"
#include "sums.h"
#include "unit.h"
#include "normalize.h"
