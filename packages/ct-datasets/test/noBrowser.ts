import { it } from 'vitest';

it.skip('webgl, webgpu and wasm in headless Chromium (no Chromium found: install it, or set CT_CHROMIUM to its path)');
