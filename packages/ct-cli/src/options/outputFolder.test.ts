import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { checkOutput } from './outputFolder.js';
import { UsageError } from './usageError.js';

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'ct-output-'))));
afterEach(() => rmSync(folder, { recursive: true }));
const check = (path = folder): Promise<string | undefined> => checkOutput(path, 'report.json', ['report.html']);

it('takes an empty folder, and one that is not there, and leaves no trace', async () => {
  await check();
  await check(join(folder, 'a', 'b'));
  expect(readdirSync(folder)).toEqual([]);
});

it('takes the folder of a run of ct, and files of other names', async () => {
  writeFileSync(join(folder, 'report.json'), '{"command":"ct steer"}');
  writeFileSync(join(folder, 'report.html'), 'old');
  writeFileSync(join(folder, 'notes.txt'), 'mine');
  expect(await check()).toMatch(/holds what "ct steer" wrote, which is replaced at the end; --output names another/);
  expect(readFileSync(join(folder, 'report.html'), 'utf8')).toBe('old');
});

it.each([
  ['a report of somebody else', 'report.html', '<p>mine</p>'],
  ['a record that no run of ct wrote', 'report.json', '{"mine":1}'],
  ['a record that is no JSON', 'report.json', 'mine'],
])('refuses %s, and leaves it', async (_, name, text) => {
  writeFileSync(join(folder, name), text);
  await expect(check()).rejects.toThrow(new RegExp(`folder whose ${name} may be replaced.*name another folder`));
  expect(readFileSync(join(folder, name), 'utf8')).toBe(text);
});

it('refuses a folder in place of a file, a file in place of the folder, and an empty name', async () => {
  mkdirSync(join(folder, 'report.json'));
  await expect(check()).rejects.toThrow('it is no file');
  writeFileSync(join(folder, 'file'), '');
  await expect(check(join(folder, 'file'))).rejects.toBeInstanceOf(UsageError);
  await expect(check(join(folder, 'file', 'under'))).rejects.toThrow('--output must be a folder');
  await expect(check('')).rejects.toThrow('--output must be a folder');
  expect(existsSync(join(folder, 'file', 'under'))).toBe(false);
});
