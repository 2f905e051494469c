import { afterEach, expect, it, vi } from 'vitest';
import { freshBackend, twiceHost } from '../test/twice.js';

afterEach(() => vi.restoreAllMocks());

it('makes one access for a backend, and another for the backend that takes its place', async () => {
  const host = twiceHost();
  const first = await freshBackend();
  expect(host.accessTo(first)).toBe(host.accessTo(first));
  const second = await freshBackend();
  expect(host.accessTo(second)).not.toBe(host.accessTo(first));
  expect(twiceHost().accessTo(second)).not.toBe(host.accessTo(second));
});

it('describes how the kernels run on a backend', async () => {
  expect(twiceHost().describe(await freshBackend())).toEqual({ simd: true, access: 'in place', memory: 'plain' });
  vi.spyOn(WebAssembly, 'validate').mockReturnValue(false);
  expect(twiceHost().describe(await freshBackend('copied'))).toEqual({
    simd: false,
    access: 'copied',
    memory: 'plain',
  });
});

it('compiles nothing before it is used', async () => {
  const backend = await freshBackend();
  const compile = vi.spyOn(WebAssembly, 'Module');
  const host = twiceHost();
  expect(compile).not.toHaveBeenCalled();
  expect(host.accessTo(backend).native.lanes()).toBe(4);
  expect(compile).toHaveBeenCalledTimes(1);
});
