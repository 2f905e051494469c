import { describe, expect, it } from 'vitest';
import { layouts } from '../../layouts/layouts.js';
import { ARCHIVE_CATALOG } from './archiveCatalog.js';

describe('ARCHIVE_CATALOG', () => {
  it.each(Object.entries(ARCHIVE_CATALOG))('%s is complete', (name, entry) => {
    expect(entry.name).toBe(name);
    expect(name in layouts).toBe(true);
    if (entry.classes) expect(new Set(entry.classes).size).toBe(entry.classCount);
    expect(entry.mean).toHaveLength(entry.std.length);
    if (entry.shape && name !== 'dsprites') expect(entry.mean).toHaveLength(entry.shape[2]);
    for (const text of [entry.licence, entry.citation, entry.title]) expect(text).not.toBe('');
    expect(new URL(entry.origin).protocol).toMatch(/^https?:$/);
    expect(entry.files.length > 0 || entry.byHand !== undefined).toBe(true);
    for (const { urls, md5, sha256, sum } of entry.files) {
      for (const url of urls) expect(new URL(url).protocol).toBe('https:');
      if (md5 !== undefined) expect(md5).toMatch(/^[0-9a-f]{32}$/);
      if (sha256 !== undefined) expect(sha256).toMatch(/^[0-9a-f]{64}$/);
      expect(md5 === undefined && sha256 === undefined).toBe(sum === 'first download');
    }
  });
});
