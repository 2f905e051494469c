/**
 * The options of `ct compare`.
 */
import type { Command } from 'commander';
import { Option } from 'commander';
import { addNetworkOptions } from '../network/networkOptions.js';
import { backendOption } from '../options/backendOption.js';
import { dataOption, skipOption } from '../options/dataOption.js';
import { parseEpochs } from '../options/epochs.js';
import { methodNames, parseMethods } from '../options/methodList.js';
import { filledText, parsed } from '../options/parsers.js';
import { parseSeed, parseSeeds } from '../options/seeds.js';
import type { CompareSettings } from './compareCommand.js';
import { COMPARE_METHODS, compareCommand } from './compareCommand.js';

/** Adds `ct compare` to the program. */
export function addCompareCommand(program: Command, args: string[], signal: AbortSignal): void {
  const compare = program
    .command('compare')
    .description(
      'Adapt a network to other data by several methods, on the same splits with the same budget, as a ' +
        'table, comparison.md and comparison.json. An interrupted run goes on where it stopped.',
    )
    .addOption(dataOption())
    .addOption(skipOption());
  addNetworkOptions(compare)
    .option(
      '--methods <list>',
      `among ${methodNames.join(', ')} (default: ${COMPARE_METHODS.join(',')})`,
      parsed(parseMethods),
    )
    .addOption(
      new Option(
        '--protocol <name>',
        "learning rates chosen among 1e-3, 1e-2 and 1e-1 on validation images, or the paper's",
      )
        .choices(['strict', 'paper'])
        .default('strict'),
    )
    .addOption(backendOption())
    .option(
      '--seeds <count>',
      'number of runs, with seeds from --seed on; reports mean and spread',
      parsed(parseSeeds),
      3,
    )
    .option('--seed <number>', 'first seed: draws the split, the head and the order of examples', parsed(parseSeed), 42)
    .option('--epochs <count>', 'epochs of every method', parsed(parseEpochs), 20)
    .option(
      '--output <folder>',
      'where the results go, and the folder cells, which an interrupted run goes on from',
      parsed(filledText),
      'ct-report-compare',
    )
    .action(async (options: Omit<CompareSettings, 'command'>) => {
      await compareCommand({ ...options, command: `ct ${args.join(' ')}` }, signal);
    });
  compare.exitOverride();
}
