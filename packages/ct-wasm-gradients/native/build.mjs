// Builds src/wasm/wasmBinaries.ts from the C files here: `node native/build.mjs`; `--check` compares.
import { readdirSync } from 'node:fs';
import { buildWasm } from '../../ct-wasm-host/native/buildWasm.mjs';

buildWasm({
  sources: readdirSync(new URL('.', import.meta.url))
    .filter((name) => name.endsWith('.c'))
    .sort()
    .map((name) => new URL(name, import.meta.url)),
  target: new URL('../src/wasm/wasmBinaries.ts', import.meta.url),
  named: 'native/*.c',
  columns: 112,
});
