import { homedir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it, vi } from 'vitest';
import { cacheRoot } from './cacheRoot.js';

afterEach(() => vi.unstubAllEnvs());

const withEnvironment = (own: string | undefined, xdg: string | undefined): void => {
  vi.stubEnv('OWN_CACHE', own);
  vi.stubEnv('XDG_CACHE_HOME', xdg);
};
const options = { variable: 'OWN_CACHE', folder: 'part' };

it('prefers the variable as it is, then XDG_CACHE_HOME, then the home folder', () => {
  withEnvironment('/own', '/xdg');
  expect([cacheRoot(options), cacheRoot()]).toEqual(['/own', '/xdg/curvature-tuning']);
  withEnvironment(undefined, '/xdg');
  expect(cacheRoot(options)).toBe('/xdg/curvature-tuning/part');
  withEnvironment('', 'relative/path');
  expect(cacheRoot(options)).toBe(join(homedir(), '.cache/curvature-tuning/part'));
});

it('refuses a home folder that is not known, and says what to set', () => {
  withEnvironment(undefined, undefined);
  vi.stubEnv('HOME', '');
  expect(() => cacheRoot(options)).toThrow('must be an absolute path, got ""; set OWN_CACHE to the folder');
  expect(() => cacheRoot()).toThrow('set XDG_CACHE_HOME to the folder');
});
