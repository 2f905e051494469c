// The kernel of this package's tests: y[i] = 2 x[i], and a function that tells the two binaries apart.
__attribute__((export_name("twice"))) void twice(const float *x, float *y, unsigned size) {
  for (unsigned i = 0; i < size; i++) y[i] = 2 * x[i];
}

__attribute__((export_name("lanes"))) int lanes(void) {
#ifdef __wasm_simd128__
  typedef float vector __attribute__((vector_size(16)));
  return sizeof(vector) / sizeof(float);
#else
  return 1;
#endif
}
