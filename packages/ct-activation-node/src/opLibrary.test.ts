import { describe, expect, it, vi } from 'vitest';
import { cacheFolder, opLibraryPath } from './opLibrary.js';

describe('the cache', () => {
  it(
    'is CT_NODE_CACHE, else under XDG_CACHE_HOME, else under the home folder; an op has a name of its own ' +
      'per TensorFlow',
    () => {
      vi.stubEnv('CT_NODE_CACHE', '/cache');
      expect(cacheFolder()).toBe('/cache');
      expect(opLibraryPath('2.15.1')).toMatch(/^\/cache\/ops\/2\.15\.1-\w+-[0-9a-f]{12}\/ctu\.node$/);
      vi.stubEnv('CT_NODE_CACHE', '');
      vi.stubEnv('XDG_CACHE_HOME', '/xdg');
      expect(cacheFolder()).toBe('/xdg/curvature-tuning/node');
      vi.stubEnv('XDG_CACHE_HOME', 'relative');
      vi.stubEnv('HOME', '/home/somebody');
      expect(cacheFolder()).toBe('/home/somebody/.cache/curvature-tuning/node');
    },
  );
});
