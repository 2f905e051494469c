/**
 * The options of `ct steer` and `ct tune`.
 */
import type { Command } from 'commander';
import { Option } from 'commander';
import { addNetworkOptions } from '../network/networkOptions.js';
import { backendOption } from '../options/backendOption.js';
import { parseBetas } from '../options/betas.js';
import { dataOption, skipOption } from '../options/dataOption.js';
import { parseEpochs } from '../options/epochs.js';
import { methodNames, parseMethods } from '../options/methodList.js';
import { filledText, parsed } from '../options/parsers.js';
import { parseSeed, parseSeeds } from '../options/seeds.js';
import type { SteerSettings } from './steerCommand.js';
import { STEER_METHODS, steerCommand, TUNE_METHODS } from './steerCommand.js';

/** Adds `ct steer` and `ct tune` to the program. */
export function addSteerCommands(program: Command, args: string[], signal: AbortSignal): void {
  const steer = program
    .command('steer')
    .description(
      'Adapt a network to other data by its curvature: a linear probe on the ReLU network, as it is and calibrated ' +
        '(the control), the best of a grid of betas (S-CT), trained curvature (T-CT), LoRA and other baselines, as a ' +
        'table, report.html and report.json, and the best adapter in a file.',
    );
  addNetworkOptions(steer.addOption(dataOption()).addOption(skipOption()))
    .option(
      '--methods <list>',
      `among ${methodNames.join(', ')} (default: ${STEER_METHODS.join(',')})`,
      parsed(parseMethods),
    )
    .option(
      '--betas <list>',
      'curvatures in [0, 1]: first:last:step, or a list 0.7,0.8,0.9 (default: 0.30:0.98:0.02; 0.70:0.99:0.01 under ' +
        '--protocol paper)',
      parsed(parseBetas),
    );
  addRunOptions(steer).action(async (options: Omit<SteerSettings, 'command'>) => {
    await steerCommand({ ...options, command: `ct ${args.join(' ')}` }, signal);
  });
  const tune = program
    .command('tune')
    .description(
      'Adapt a network to other data by trained curvature (T-CT) alone, with a linear probe and its control, as a ' +
        'table, report.html and report.json, and the adapter in a file.',
    );
  addRunOptions(addNetworkOptions(tune.addOption(dataOption()).addOption(skipOption()))).action(
    async (options: Omit<SteerSettings, 'command'>) => {
      await steerCommand({ ...options, command: `ct ${args.join(' ')}` }, signal, TUNE_METHODS);
    },
  );
}

/** What both commands take beside. */
function addRunOptions(command: Command): Command {
  return command
    .addOption(backendOption())
    .addOption(
      new Option(
        '--protocol <name>',
        'strict: heads at their optimum, batch normalisation calibrated, ties broken by the loss; ' +
          "paper: the authors' procedure",
      )
        .choices(['strict', 'paper'])
        .default('strict'),
    )
    .option('--epochs <count>', 'epochs of what is trained beside a head', parsed(parseEpochs), 20)
    .option(
      '--seeds <count>',
      'number of runs, with seeds from --seed on; reports mean and spread',
      parsed(parseSeeds),
      1,
    )
    .option('--seed <number>', 'first seed: draws the split, the head and the order of examples', parsed(parseSeed), 42)
    .option('--output <folder>', 'where the report and the adapter go', parsed(filledText), 'ct-report')
    .exitOverride();
}
