import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { fetchProgress } from './fetchProgress.js';

let written: string;
const onTerminal = (value: boolean): void =>
  void Object.defineProperty(process.stderr, 'isTTY', { configurable: true, value });
beforeEach(() => {
  written = '';
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => ((written += String(text)), true));
});
afterEach(() => {
  onTerminal(false);
  vi.restoreAllMocks();
});
const event = { phase: 'download', file: 'x\u001b.zip', done: 5e6, total: 1e7, secondsLeft: 1.2 } as const;

it('is a line for each file and phase where there is no terminal', () => {
  onTerminal(false);
  const { hear, stop } = fetchProgress();
  for (let i = 0; i < 3; i++) hear(event);
  hear({ ...event, phase: 'unpack' });
  stop();
  expect(written).toBe('downloading x\\u001b.zip (10.0 MB)\nunpacking x\\u001b.zip (10.0 MB)\n');
});

it('is a bar on a terminal, and what another bar says where there is one', () => {
  onTerminal(true);
  const { hear, stop } = fetchProgress();
  hear(event);
  stop();
  expect(written).toMatch(/░|█|50 %/);
  expect(written).not.toContain('x\u001b.zip');
  const said: string[] = [];
  fetchProgress((text) => said.push(text)).hear({ ...event, secondsLeft: null });
  expect(said).toEqual(['downloading x\u001b.zip (10.0 MB), 50 %, ? s left']);
});
