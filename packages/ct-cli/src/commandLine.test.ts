// What ct says to a wrong option: exit code 2, at once, with the option's name.
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { badCalls, faults } from '@curvature-tuning/checks/testing';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { runHere as run } from '../test/ct.js';
import { runCommandLine, runCommandLineArguments } from './commandLine.js';
import { attackCommand, attackCommandArguments } from './commands/attackCommand.js';
import { compareCommand, compareCommandArguments } from './commands/compareCommand.js';
import { steerCommand, steerCommandArguments } from './commands/steerCommand.js';

const { signal } = new AbortController();
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'ct-options-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const steer: [string, string][] = [
  ['--seed 1e300', "'--seed <number>'"],
  ['--seed -1', "'--seed <number>'"],
  ['--seed 1.5', "'--seed <number>'"],
  ['--seed 4294967296', "'--seed <number>'"],
  ['--seed 0x10', "'--seed <number>'"],
  ['--seed=', "'--seed <number>'"],
  ['--seeds 0', "'--seeds <count>'"],
  ['--seeds 100000000', "'--seeds <count>'"],
  ['--seeds 1e1', "'--seeds <count>'"],
  ['--seeds NaN', "'--seeds <count>'"],
  ['--seed 4294967295 --seeds 2', '--seed and --seeds must end at 4294967295'],
  ['--epochs 0', "'--epochs <count>'"],
  ['--epochs 10001', "'--epochs <count>'"],
  ['--epochs 1.0', "'--epochs <count>'"],
  ['--methods probe,probe', 'got "probe" twice'],
  ['--methods=', "'--methods <list>'"],
  ['--methods lore', 'got "lore"'],
  ['--methods probe,', "'--methods <list>'"],
  ['--backend webgl', "'--backend <name>'"],
  ['--data nowhere', '--data must be one of'],
  ['--data=', "'--data <set>'"],
  ['--data package.json', '--data must be one of'],
  ['--data Digits', '--data must be one of'],
  ['--output=', "'--output <folder>'"],
  ['--output package.json', '--output must be a folder'],
  ['--output package.json/x', '--output must be a folder that can be written to'],
  ['--output /proc/x', '--output must be a folder that can be written to'],
  ['--seed 1 --seed 1', "'--seed <number>' must be given once"],
  ['--sed 1', '(Did you mean --seed?)'],
  ['more', 'too many arguments'],
];
const cases: [string, string][] = [
  ...steer.flatMap<[string, string]>(([options, message]) => [
    [`steer ${options}`, message],
    [`compare ${options}`, message],
  ]),
  ...['--betas 1.1', '--betas=', '--betas 0.7:0.9:0', '--betas NaN', '--betas 0:1:1e-9', '--betas 0x1'].map<
    [string, string]
  >((options) => [`steer ${options}`, "'--betas <list>'"]),
  ['steer --protocol best', "'--protocol <name>'"],
  ['compare --protocol best', "'--protocol <name>'"],
  ['attack --beta 0.9,0.8', "'--beta <beta>'"],
  ['attack --beta 0.7:0.9:0.1', "'--beta <beta>'"],
  ['attack --beta 2', "'--beta <beta>'"],
  ['attack --beta=', "'--beta <beta>'"],
  ['attack --images 0', "'--images <count>'"],
  ['attack --images 1.5', "'--images <count>'"],
  ['attack --eps 0', "'--eps <radius>'"],
  ['attack --eps Infinity', "'--eps <radius>'"],
  ['attack --eps 0x1', "'--eps <radius>'"],
  ['attack --eps 8', '--eps must be at most 1 for Linf'],
  ['attack --norm L2 --eps 28.1', '--eps must be at most 28 for L2'],
  ['attack --norm L1 --eps 785', '--eps must be at most 784 for L1'],
  ['attack --norm L3', "'--norm <norm>'"],
  ['attack --attack-version best', "'--attack-version <name>'"],
  ['attack --seed 4294967296', "'--seed <number>'"],
  ['attack --eps 0.1 --eps 0.1', "'--eps <radius>' must be given once"],
  ['attack --output package.json', '--output must be a folder'],
  ['ster', '(Did you mean steer?)'],
  ['apply', "missing required argument 'model'"],
  ['apply model adapter', "missing required argument 'images'"],
  ['apply package.json package.json src --top 0', "'--top <count>'"],
  ['apply package.json package.json src --format xml', "'--format <form>'"],
  ['apply package.json nowhere package.json', 'ADAPTER must be a file that ct steer wrote'],
  ['bake package.json nowhere src', 'holds files; name another'],
  ['steer --preprocess half', "'--preprocess <values>'"],
  ['tune --size 3by4', "'--size <height>x<width>'"],
  ['tune --methods probe', "unknown option '--methods'"],
];
it.each(cases)('ct %s', async (line, message) => {
  const before = performance.now();
  const { code, stderr } = await run(line.split(' '));
  expect(stderr).toContain(message);
  expect(code).toBe(2);
  expect(performance.now() - before).toBeLessThan(2000);
});

it('--version says it, and exits with 0', async () => {
  let out = '';
  const spy = vi.spyOn(process.stdout, 'write').mockImplementation((text) => ((out += String(text)), true));
  const code = await runCommandLine(['--version'], signal).finally(() => spy.mockRestore());
  expect([code, out]).toEqual([0, expect.stringMatching(/^\d+\.\d+\.\d+\n$/)]);
});

it('nothing of what was typed reaches the terminal unescaped', async () => {
  for (const args of [
    ['steer', '--data', 'a\u001b[31m'],
    ['steer', '--colour\u001b[31m'],
    ['compare', '--methods', '\u001b[31m'],
    ['\u001b[31m'],
    ['attack', '--output', 'package.json\u001b[31m/x', '--eps', '\u001b[31m'],
  ]) {
    const { code, stderr } = await run(args);
    expect(code).toBe(2);
    expect(stderr).toContain('\\u001b[31m');
    expect(stderr).not.toContain('\u001b');
  }
});

it.each<[string, string, (at: string) => void, RegExp]>([
  [
    'a link to nowhere',
    'attack',
    (at) => symlinkSync(join(at, 'nowhere'), join(at, 'out')),
    /--output must be a folder that can be written to, ".*out" is not \(/,
  ],
  [
    'a report of somebody else',
    'steer',
    (at) => writeFileSync(join(mkdir(at), 'report.html'), 'mine'),
    /whose report\.html may be replaced, in ".*out" no run of ct wrote it; name another folder/,
  ],
  [
    'a record of somebody else',
    'attack',
    (at) => writeFileSync(join(mkdir(at), 'attack.json'), '{"a": 1}'),
    /whose attack\.json may be replaced/,
  ],
  [
    'a record that is no JSON',
    'compare',
    (at) => writeFileSync(join(mkdir(at), 'comparison.json'), '{'),
    /whose comparison\.json may be replaced/,
  ],
  [
    'a folder in place of the record',
    'compare',
    (at) => mkdirSync(join(mkdir(at), 'comparison.md')),
    /whose comparison\.md may be replaced, in ".*out" it is no file/,
  ],
])('--output with %s is refused and left alone', async (_, command, make, message) => {
  const at = mkdtempSync(join(folder, 'place-'));
  make(at);
  const { code, stderr } = await run([command, '--output', join(at, 'out')]);
  expect(stderr).toMatch(message);
  expect(code).toBe(2);
  expect(readdirSync(at)).toEqual(['out']);
});

it('functions refuse settings by their names', async () => {
  const shared = { command: 'ct', output: join(folder, 'out'), backend: 'cpu' as const, seed: 0 };
  const training = { ...shared, data: 'digits', methods: ['probe' as const], epochs: 1, seeds: 1 };
  const tables = [
    [
      badCalls(steerCommandArguments, { settings: { ...training, betas: [0.5], protocol: 'paper' as const }, signal })
        .length,
      await faults(
        'steerCommand',
        steerCommandArguments,
        { good: { settings: { ...training, betas: [0.5], protocol: 'paper' as const }, signal } },
        (args) => steerCommand(args.settings, args.signal),
      ),
    ],
    [
      badCalls(compareCommandArguments, { settings: { ...training, protocol: 'paper' as const }, signal }).length,
      await faults(
        'compareCommand',
        compareCommandArguments,
        { good: { settings: { ...training, protocol: 'paper' as const }, signal } },
        (args) => compareCommand(args.settings, args.signal),
      ),
    ],
    [
      badCalls(attackCommandArguments, {
        settings: {
          ...shared,
          data: 'digits',
          norm: 'L2' as const,
          eps: 1,
          images: 1,
          beta: 1,
          version: 'quick' as const,
        },
        signal,
      }).length,
      await faults(
        'attackCommand',
        attackCommandArguments,
        {
          good: {
            settings: {
              ...shared,
              data: 'digits',
              norm: 'L2' as const,
              eps: 1,
              images: 1,
              beta: 1,
              version: 'quick' as const,
            },
            signal,
          },
        },
        (args) => attackCommand(args.settings, args.signal),
      ),
    ],
    [
      badCalls(runCommandLineArguments, { args: [], signal }).length,
      await faults(
        'runCommandLine',
        runCommandLineArguments,
        { good: { args: [], signal } },
        ({ args, signal: given }) => runCommandLine(args as string[], given),
      ),
    ],
  ] as const;
  for (const [count, wrong] of tables) {
    expect(wrong).toEqual([]);
    expect(count).toBeGreaterThan(30);
  }
});

function mkdir(at: string): string {
  mkdirSync(join(at, 'out'));
  return join(at, 'out');
}
