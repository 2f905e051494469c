import { homedir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { cacheRoot } from './cacheRoot.js';

afterEach(() => vi.unstubAllEnvs());

function withEnvironment(ctDataDir: string | undefined, xdgCacheHome: string | undefined): void {
  vi.stubEnv('CT_DATA_DIR', ctDataDir);
  vi.stubEnv('XDG_CACHE_HOME', xdgCacheHome);
}

describe('cacheRoot', () => {
  it('prefers the option, then CT_DATA_DIR, then XDG_CACHE_HOME, then the home folder', () => {
    withEnvironment('/data', '/xdg');
    expect(cacheRoot('/option')).toBe('/option');
    expect(cacheRoot()).toBe('/data');
    withEnvironment(undefined, '/xdg');
    expect(cacheRoot()).toBe('/xdg/curvature-tuning');
    withEnvironment(undefined, undefined);
    expect(cacheRoot()).toBe(join(homedir(), '.cache/curvature-tuning'));
  });

  it('counts an empty variable as unset and ignores a relative XDG_CACHE_HOME', () => {
    withEnvironment('', 'relative/path');
    expect(cacheRoot()).toBe(join(homedir(), '.cache/curvature-tuning'));
    expect(cacheRoot('')).toBe(join(homedir(), '.cache/curvature-tuning'));
  });

  it('refuses a home folder that is not known, unless it is not needed', () => {
    withEnvironment(undefined, undefined);
    vi.stubEnv('HOME', '');
    expect(() => cacheRoot()).toThrow('cacheRoot: the home folder must be an absolute path, got ""; set CT_DATA_DIR');
    expect(cacheRoot('/option')).toBe('/option');
    withEnvironment(undefined, '/xdg');
    expect(cacheRoot()).toBe('/xdg/curvature-tuning');
  });
});
