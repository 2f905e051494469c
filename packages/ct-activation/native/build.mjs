// Builds src/kernels/wasm/wasmBinaries.ts from ctu.c, tabled.c and normalize.c:
// `node native/build.mjs`; `--check` compares.
import { buildWasm } from '../../ct-wasm-host/native/buildWasm.mjs';

buildWasm({
  sources: ['ctu.c', 'tabled.c', 'normalize.c'].map((file) => new URL(file, import.meta.url)),
  target: new URL('../src/kernels/wasm/wasmBinaries.ts', import.meta.url),
  named: 'native/ctu.c, native/tabled.c and native/normalize.c',
});
