import { describe, expect, it } from 'vitest';
import { catalog } from './catalog.js';

describe('catalog', () => {
  it.each(Object.entries(catalog))('%s is complete', (name, entry) => {
    expect(entry.name).toBe(name);
    expect(entry.classes).toHaveLength(10);
    expect(new Set(entry.classes).size).toBe(10);
    expect(entry.mean).toHaveLength(entry.shape[2]);
    expect(entry.std).toHaveLength(entry.shape[2]);
    expect(entry.licence).not.toBe('');
    expect(new URL(entry.origin).protocol).toMatch(/^https?:$/);
  });

  it.each([catalog['fashion-mnist'], catalog.mnist])(
    '$name states the size an IDX file of its counts has',
    ({ counts, files, mirrors }) => {
      expect(files.trainImages.contents.bytes).toBe(16 + counts.train * 784);
      expect(files.trainLabels.contents.bytes).toBe(8 + counts.train);
      expect(files.testImages.contents.bytes).toBe(16 + counts.test * 784);
      expect(files.testLabels.contents.bytes).toBe(8 + counts.test);
      const sums = Object.values(files).flatMap(({ md5, contents }) => [md5, contents.md5]);
      expect(new Set(sums).size).toBe(8);
      for (const sum of sums) expect(sum).toMatch(/^[0-9a-f]{32}$/);
      for (const mirror of mirrors) expect(mirror).toMatch(/^https?:\/\/.*\/$/);
    },
  );
});
