import { fits } from '@curvature-tuning/checks';
import { describe, expect, it } from 'vitest';
import { cachedFileArguments, missingFile } from './cachedFile.js';

const options = { folder: 'models', name: 'x.pth', urls: ['https://a.example/x.pth', 'https://b.example/x.pth'] };

describe('the options of cachedFile', () => {
  it.each([{ sha256: null }, { sha256: 'AB'.repeat(32) }, { bytes: 0 }, { offline: undefined }])('take %o', (more) => {
    expect(fits(cachedFileArguments.options, { ...options, ...more })).toBe(true);
  });

  it.each([{ sha256: 'ab' }, { sha256: undefined, name: '' }, { bytes: -1 }, { idleTimeout: 0 }])(
    'do not take %o',
    (more) => {
      expect(fits(cachedFileArguments.options, { ...options, ...more })).toBe(false);
    },
  );
});

describe('missingFile', () => {
  it('names the file, the place and every address', () => {
    expect(missingFile(options, '/cache', 'offline is set').message).toBe(
      'cachedFile: x.pth is not in /cache, and offline is set; it can be had from\n' +
        '  https://a.example/x.pth\n  https://b.example/x.pth',
    );
  });
});
