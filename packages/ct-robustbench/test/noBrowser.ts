import { it } from 'vitest';

it.skip('webgl and webgpu in headless Chromium (no Chromium found: install it, or set CT_CHROMIUM to its path)');
