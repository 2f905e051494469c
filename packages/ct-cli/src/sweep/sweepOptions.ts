/**
 * The options of `ct sweep` and `ct worker`.
 */
import type { Command } from 'commander';
import { Option } from 'commander';
import { filledText, parsed, positiveNumber, wholeNumber } from '../options/parsers.js';
import type { SweepSettings } from './sweepCommand.js';
import { sweepCommand } from './sweepCommand.js';
import type { SweepPlace } from './sweepFiles.js';
import { cancelCommand, retryCommand, statusCommand, tableCommand } from './sweepStateCommands.js';
import type { WorkerSettings } from './workerCommand.js';
import { workerCommand } from './workerCommand.js';

/** Adds `ct sweep` and `ct worker` to the program. */
export function addSweepCommands(program: Command, signal: AbortSignal): void {
  const sweep = program
    .command('sweep')
    .description(
      'Run many small experiments, on this machine or many: docs/cluster.md. A sweep is a JSON file of cells; the ' +
        'result of each is a file, and what is done is never done again.',
    )
    .exitOverride();
  placed(sweep.command('run', { isDefault: true }).description('Run what has no result yet (what ct sweep FILE does).'))
    .addOption(new Option('--engine <name>', 'who runs the cells').choices(['local']).default('local'))
    .option(
      '--concurrency <count>',
      'cells at once (default: as processors and memory allow)',
      parsed(wholeNumber(1, 4096)),
    )
    .option(
      '--lease <seconds>',
      'after which a worker that does not answer is taken for dead',
      parsed(positiveNumber),
      60,
    )
    .action(async (file: string, options: Omit<SweepSettings, 'file'>) => {
      await sweepCommand({ ...options, file }, signal);
    });
  placed(sweep.command('status').description('Tell what is done, failed and left, with the time it took.')).action(
    async (file: string, options: Omit<SweepPlace, 'file'>) => {
      await statusCommand({ ...options, file });
    },
  );
  placed(sweep.command('retry').description('Let cells that failed begin anew with the next run.')).action(
    async (file: string, options: Omit<SweepPlace, 'file'>) => {
      await retryCommand({ ...options, file });
    },
  );
  placed(
    sweep.command('cancel').description('Let no cell begin until the next ct sweep run; those that run, end.'),
  ).action(async (file: string, options: Omit<SweepPlace, 'file'>) => {
    await cancelCommand({ ...options, file });
  });
  placed(sweep.command('table').description('Print specifications and results, a line a cell, as CSV.')).action(
    async (file: string, options: Omit<SweepPlace, 'file'>) => {
      await tableCommand({ ...options, file });
    },
  );
  program
    .command('worker')
    .description('Run cells of a sweep that ct sweep began elsewhere, in a folder that both share.')
    .option('--folder <folder>', 'of the sweep', parsed(filledText))
    .addOption(cellsOption())
    .option('--concurrency <count>', 'cells at once', parsed(wholeNumber(1, 4096)), 1)
    .option(
      '--lease <seconds>',
      'after which a worker that does not answer is taken for dead',
      parsed(positiveNumber),
      60,
    )
    .exitOverride()
    .action(async (options: WorkerSettings) => {
      await workerCommand(options, signal);
    });
}

function placed(command: Command): Command {
  return command
    .argument('<file>', 'a sweep: {"name": …, "cells": [{"kind": …, "base": {…}, "over": {…}}]}', parsed(filledText))
    .option('--folder <folder>', 'of the results (default: ct-sweep-NAME)', parsed(filledText))
    .addOption(cellsOption())
    .exitOverride();
}

function cellsOption(): Option {
  return new Option(
    '--cells <module>',
    'a JavaScript module that exports kinds of cells (default: those of ct)',
  ).argParser(parsed(filledText));
}
