/**
 * The options of `ct data`.
 */
import { Argument } from 'commander';
import type { Command } from 'commander';
import { skipOption } from '../options/dataOption.js';
import { filledText, parsed } from '../options/parsers.js';
import { DATA_ACTIONS, dataCommand } from './dataCommand.js';
import type { DataSettings } from './dataCommand.js';

/** Adds `ct data` to the program. */
export function addDataCommand(program: Command, signal: AbortSignal): void {
  program
    .command('data')
    .description(
      'Sets of images by name: list them, info on one, download it, verify its files, measure mean and std (stats), ' +
        'or write a contact sheet (preview).',
    )
    .addArgument(new Argument('<action>', 'what to do').choices(DATA_ACTIONS))
    .argument('[name]', 'the set')
    .addOption(skipOption())
    .option('--output <folder>', 'where preview.png and preview.html go', parsed(filledText), 'ct-report')
    .exitOverride()
    .action(async (action: DataSettings['action'], name: string | undefined, rest: Pick<DataSettings, 'output'>) => {
      await dataCommand({ action, name, ...rest }, signal);
    });
}
