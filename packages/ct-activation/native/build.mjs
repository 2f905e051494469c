// Builds src/kernels/wasm/wasmBinaries.ts from ctu.c: `node native/build.mjs`; `--check` compares.
import { buildWasm } from '../../ct-wasm-host/native/buildWasm.mjs';

buildWasm({
  sources: [new URL('ctu.c', import.meta.url)],
  target: new URL('../src/kernels/wasm/wasmBinaries.ts', import.meta.url),
  named: 'native/ctu.c',
});
