/**
 * The options of `ct sweep` and `ct worker`.
 */
import type { Command } from 'commander';
import { Option } from 'commander';
import { filledText, parsed, positiveNumber, wholeNumber } from '../options/parsers.js';
import type { BoardSettings } from './boardCommand.js';
import { boardCommand } from './boardCommand.js';
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
    .addOption(
      new Option('--engine <name>', 'who runs the cells').choices(['local', 'redis', 'slurm']).default('local'),
    )
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
    .option('--workers <count>', 'tasks of the array that slurm is asked for', parsed(wholeNumber(1, 100_000)), 8)
    .option('--submit', 'give the array to sbatch; without, its script is printed')
    .option('--sbatch <options>', 'further options of sbatch, as in "--partition=long --mem=8G"', parsed(filledText))
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
  sweep
    .command('board')
    .description("Show sweeps' queues on Redis in a browser, behind a password (CT_BOARD_PASSWORD).")
    .argument('<names...>', 'of the sweeps')
    .addOption(redisOption())
    .addOption(caOption())
    .option('--port <number>', 'on this machine (default: any that is free)', parsed(wholeNumber(0, 65_535)))
    .option('--host <address>', 'to listen on', parsed(filledText), '127.0.0.1')
    .option('--write', 'let jobs be retried and removed')
    .exitOverride()
    .action(async (names: string[], options: Omit<BoardSettings, 'names'>) => {
      await boardCommand({ ...options, names }, signal);
    });
  program
    .command('worker')
    .description('Run cells of a sweep that ct sweep began elsewhere, in a folder that both share.')
    .option('--folder <folder>', 'of the sweep', parsed(filledText))
    .addOption(cellsOption())
    .option('--name <name>', 'of the sweep, with --redis; its cells are taken from there', parsed(filledText))
    .addOption(redisOption())
    .addOption(caOption())
    .option(
      '--idle <seconds>',
      'without a cell, after which it ends (default: never, with --redis)',
      parsed(positiveNumber),
    )
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
    .addOption(redisOption())
    .addOption(caOption())
    .exitOverride();
}

function redisOption(): Option {
  return new Option('--redis <url>', 'redis://:password@host:6379, rediss:// for TLS')
    .env('CT_REDIS')
    .argParser(parsed(filledText));
}

function caOption(): Option {
  return new Option('--redis-ca <file>', 'certificates of a server that no known authority signed').argParser(
    parsed(filledText),
  );
}

function cellsOption(): Option {
  return new Option(
    '--cells <module>',
    'a JavaScript module that exports kinds of cells (default: those of ct)',
  ).argParser(parsed(filledText));
}
