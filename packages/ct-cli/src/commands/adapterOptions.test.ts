import { Command } from 'commander';
import { beforeEach, expect, it, vi } from 'vitest';
import { addAdapterCommands } from './adapterOptions.js';
import { applyCommand } from './applyCommand.js';
import { bakeCommand } from './bakeCommand.js';
import { infoCommand } from './infoCommand.js';

vi.mock(import('./applyCommand.js'), async (original) => ({ ...(await original()), applyCommand: vi.fn() }));
vi.mock(import('./bakeCommand.js'), async (original) => ({ ...(await original()), bakeCommand: vi.fn() }));
vi.mock(import('./infoCommand.js'), async (original) => ({ ...(await original()), infoCommand: vi.fn() }));
beforeEach(() => vi.clearAllMocks());

const { signal } = new AbortController();

async function run(...args: string[]): Promise<void> {
  const program = new Command().exitOverride();
  addAdapterCommands(program, signal);
  for (const command of program.commands) command.configureOutput({ writeErr: () => undefined });
  await program.parseAsync(args, { from: 'user' });
}

it('ct apply gets what stands in a row by name, and its options with their defaults', async () => {
  await run('apply', 'net', 'adapter.safetensors', 'a.png', 'b.png');
  expect(applyCommand).toHaveBeenCalledExactlyOnceWith(
    expect.objectContaining({
      model: 'net',
      adapter: 'adapter.safetensors',
      images: ['a.png', 'b.png'],
      format: 'table',
      top: 1,
    }),
    signal,
  );
  await run('apply', 'net', 'adapter', 'a.png', '--format', 'csv', '--top', '3');
  expect(applyCommand).toHaveBeenLastCalledWith(expect.objectContaining({ format: 'csv', top: 3 }), signal);
});

it('ct bake and ct info get theirs', async () => {
  await run('bake', 'net', 'adapter', 'out', '--softmax');
  const baked = { model: 'net', adapter: 'adapter', output: 'out', softmax: true, tolerance: 0 };
  expect(bakeCommand).toHaveBeenCalledExactlyOnceWith(expect.objectContaining(baked), signal);
  await run('bake', 'net', 'adapter', 'out', '--tolerance', '0.01');
  expect(bakeCommand).toHaveBeenLastCalledWith(expect.objectContaining({ tolerance: 0.01 }), signal);
  await run('info', 'file');
  expect(infoCommand).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ model: 'file' }), signal);
});

it.each([
  [['apply', 'net', 'adapter'], "missing required argument 'images'"],
  [['apply', 'net', 'adapter', 'a.png', '--format', 'xml'], 'Allowed choices are table, csv, json'],
  [['apply', 'net', 'adapter', 'a.png', '--top', '0'], "'--top <count>'"],
  [['bake', 'net', 'adapter', 'out', '--tolerance', '0'], "'--tolerance <error>'"],
  [['bake', 'net', 'adapter'], "missing required argument 'output'"],
  [['info', ''], "'file'"],
])('%j is refused: %s', async (args, message) => {
  await expect(run(...args)).rejects.toThrow(message);
  for (const command of [applyCommand, bakeCommand, infoCommand]) expect(command).not.toHaveBeenCalled();
});
