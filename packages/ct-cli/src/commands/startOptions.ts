/**
 * The options of `ct start`.
 */
import type { Command } from 'commander';
import { backendOption } from '../options/backendOption.js';
import { dataOption, skipOption } from '../options/dataOption.js';
import { parseBetas } from '../options/betas.js';
import { parseEpochs } from '../options/epochs.js';
import { filledText, parsed, wholeNumber } from '../options/parsers.js';
import type { StartSettings } from './startCommand.js';
import { MOST_IMAGES, startCommand } from './startCommand.js';

/** Adds `ct start` to the program. */
export function addStartCommand(program: Command, args: readonly string[], signal: AbortSignal): void {
  program
    .command('start')
    .description(
      'Show what this is good for on the bundled network, in two minutes: adapted to other digits by T-CT and S-CT ' +
        'beside controls and LoRA, and made more robust by calibration and one beta; in one report.',
    )
    .addOption(dataOption())
    .addOption(skipOption())
    .addOption(backendOption())
    // Half of ct steer's, for time: of 797 images T-CT gets two fewer right, LoRA one more.
    .option('--epochs <count>', 'epochs of what is trained beside a head', parsed(parseEpochs), 10)
    .option('--betas <list>', 'as for ct steer', parsed(parseBetas))
    .option('--images <count>', 'how many of the digits are attacked', parsed(wholeNumber(1, MOST_IMAGES)), 40)
    .option('--output <folder>', 'where the reports go', parsed(filledText), 'ct-report')
    .exitOverride()
    .action(async (options: Omit<StartSettings, 'command'>) => {
      await startCommand({ ...options, command: `ct ${args.join(' ')}` }, signal);
    });
}
