// Builds test/golden/wasmBinaries.ts from twice.c: `node test/build.mjs`; `--check` compares.
import { buildWasm } from '../native/buildWasm.mjs';

buildWasm({
  sources: [new URL('golden/twice.c', import.meta.url)],
  target: new URL('golden/wasmBinaries.ts', import.meta.url),
  generator: 'test/build.mjs',
  named: 'test/golden/twice.c',
});
