import { Command } from 'commander';
import { beforeEach, expect, it, vi } from 'vitest';
import { steerCommand, TUNE_METHODS } from './steerCommand.js';
import { addSteerCommands } from './steerOptions.js';

vi.mock(import('./steerCommand.js'), async (original) => ({ ...(await original()), steerCommand: vi.fn() }));
beforeEach(() => vi.clearAllMocks());

const { signal } = new AbortController();

async function run(...args: string[]): Promise<void> {
  const program = new Command().exitOverride();
  addSteerCommands(program, args, signal);
  for (const command of program.commands) command.configureOutput({ writeErr: () => undefined });
  await program.parseAsync(args, { from: 'user' });
}

it('ct steer: the defaults, and the command line as it was typed', async () => {
  await run('steer');
  const [settings, given, methods] = vi.mocked(steerCommand).mock.lastCall!;
  expect(settings).toMatchObject({
    command: 'ct steer',
    data: 'digits',
    protocol: 'strict',
    epochs: 20,
    seeds: 1,
    seed: 42,
    output: 'ct-report',
  });
  expect([settings.methods, settings.betas, given, methods]).toEqual([undefined, undefined, signal, undefined]);
});

it('ct steer: lists and ranges are read', async () => {
  await run('steer', '--methods', 'probe,sct', '--betas', '0.5:0.7:0.1', '--protocol', 'paper', '--seeds', '3');
  const [settings] = vi.mocked(steerCommand).mock.lastCall!;
  expect(settings).toMatchObject({
    command: 'ct steer --methods probe,sct --betas 0.5:0.7:0.1 --protocol paper --seeds 3',
    methods: ['probe', 'sct'],
    betas: [0.5, 0.6, 0.7],
    protocol: 'paper',
    seeds: 3,
  });
});

it('ct tune runs the methods of trained curvature, and has no option for others or for betas', async () => {
  await run('tune', '--epochs', '2', '--output', 'here');
  const [settings, , methods] = vi.mocked(steerCommand).mock.lastCall!;
  expect(settings).toMatchObject({ command: 'ct tune --epochs 2 --output here', epochs: 2, output: 'here' });
  expect(methods).toBe(TUNE_METHODS);
  await expect(run('tune', '--methods', 'sct')).rejects.toThrow("unknown option '--methods'");
  await expect(run('tune', '--betas', '0.5')).rejects.toThrow("unknown option '--betas'");
});
