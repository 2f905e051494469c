import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeOnce } from './writeOnce.js';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'ct-files-'))));
afterEach(() => rmSync(folder, { recursive: true }));

describe('writeOnce', () => {
  it('the first writer wins, whoever else writes at the same time', async () => {
    const path = join(folder, 'cells', 'x.json');
    const contents = Array.from({ length: 20 }, (_, i) => String(i).repeat(1000));
    const wins = await Promise.all(contents.map((content) => writeOnce(path, content)));
    expect(wins.filter((won) => won).length).toBe(1);
    expect(readFileSync(path, 'utf8')).toBe(contents[wins.indexOf(true)]);
    expect(await writeOnce(path, 'later')).toBe(false);
    expect(readFileSync(path, 'utf8')).toBe(contents[wins.indexOf(true)]);
    expect(readdirSync(join(folder, 'cells'))).toEqual(['x.json']);
  });

  it('does not follow a link that leads nowhere', async () => {
    symlinkSync(join(folder, 'elsewhere'), join(folder, 'link'));
    expect(await writeOnce(join(folder, 'link'), 'x')).toBe(false);
    expect(existsSync(join(folder, 'elsewhere'))).toBe(false);
  });
});
