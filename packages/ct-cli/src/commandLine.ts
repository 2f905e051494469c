/**
 * The command line of `ct`: what the options mean, and the exit codes.
 *
 * 0: done. 1: something went wrong on the way. 2: the options are wrong. 130: interrupted.
 */
import { Command, CommanderError } from 'commander';
import { check, listOf, signal as signalSchema, text } from '@curvature-tuning/checks';
import type { Entries } from '@curvature-tuning/checks';
import { addDataCommand } from './data/dataOptions.js';
import { addAdapterCommands } from './commands/adapterOptions.js';
import { addAttackCommand } from './commands/attackOptions.js';
import { addCompareCommand } from './commands/compareOptions.js';
import { addModelsCommand } from './commands/modelsOptions.js';
import { addSteerCommands } from './commands/steerOptions.js';
import { addSweepCommands } from './sweep/sweepOptions.js';
import { addStartCommand } from './commands/startOptions.js';
import { UsageError } from './options/usageError.js';
import { version } from './report/environment.js';
import { Interrupted } from './terminal/interrupted.js';
import { remark, visibleLines } from './terminal/terminal.js';

export const runCommandLineArguments: Entries<{ args: readonly string[]; signal: AbortSignal }> = {
  args: listOf(text),
  signal: signalSchema,
};

/** Runs one command line and returns the exit code; reports go to stdout, progress and errors to stderr. */
export async function runCommandLine(args: string[], signal: AbortSignal): Promise<number> {
  check('runCommandLine', runCommandLineArguments, { args, signal });
  const program = buildProgram(args, signal);
  try {
    await program.parseAsync(args, { from: 'user' });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    if (signal.aborted) {
      remark(`\nct: interrupted; ${error instanceof Interrupted ? error.message : 'nothing was written'}`);
      return 130;
    }
    remark(`ct: ${error instanceof Error ? error.message : String(error)}`);
    return error instanceof UsageError ? 2 : 1;
  }
}

function buildProgram(args: string[], signal: AbortSignal): Command {
  const program = new Command('ct')
    .description('Curvature Tuning: steer a pretrained network with one number')
    .version(version(), '--version')
    .exitOverride()
    // What was typed stands in the errors.
    .configureOutput({
      writeOut: (text) => process.stdout.write(visibleLines(text)),
      writeErr: (text) => process.stderr.write(visibleLines(text)),
    })
    .showHelpAfterError('(--help lists the options)');
  addSteerCommands(program, args, signal);
  addAttackCommand(program, args, signal);
  addCompareCommand(program, args, signal);
  addStartCommand(program, args, signal);
  addAdapterCommands(program, signal);
  addDataCommand(program, signal);
  addModelsCommand(program, signal);
  addSweepCommands(program, signal);
  for (const command of program.commands) refuseRepeats(command);
  return program;
}

/** The second value would silently replace the first. */
function refuseRepeats(command: Command): void {
  for (const option of command.options) {
    let times = 0;
    command.on(`option:${option.name()}`, () => {
      if (++times === 2) command.error(`error: option '${option.flags}' must be given once, got it twice`);
    });
  }
}
