/**
 * The command line of `ct`: what the options mean, and the exit codes.
 *
 * 0: done. 1: something went wrong on the way. 2: the options are wrong. 130: interrupted.
 */
import { Command, CommanderError, Option } from 'commander';
import { check, listOf, signal as signalSchema, text } from '@curvature-tuning/checks';
import type { Entries } from '@curvature-tuning/checks';
import { addAdapterCommands } from './commands/adapterOptions.js';
import { attackCommand, MOST_IMAGES } from './commands/attackCommand.js';
import type { AttackCommandSettings } from './commands/attackCommand.js';
import { addCompareCommand } from './commands/compareOptions.js';
import { addSteerCommands } from './commands/steerOptions.js';
import { addStartCommand } from './commands/startOptions.js';
import { backendOption } from './options/backendOption.js';
import { parseBeta } from './options/betas.js';
import { filledText, parsed, positiveNumber, wholeNumber } from './options/parsers.js';
import { parseSeed } from './options/seeds.js';
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
  program
    .command('attack')
    .description(
      'Measure adversarial robustness: AutoAttack on the bundled network as it is, with batch normalisation ' +
        'calibrated (the control), and steered to the beta that withstands most on other images, as a table, ' +
        'attack.svg and attack.json.',
    )
    .addOption(backendOption())
    .addOption(new Option('--norm <norm>', 'norm of the perturbation').choices(['Linf', 'L2', 'L1']).default('Linf'))
    .option('--eps <radius>', 'radius of the ball, for pixels in [0, 1]', parsed(positiveNumber), 0.03)
    .option('--images <count>', 'how many of the digits are attacked', parsed(wholeNumber(1, MOST_IMAGES)), 40)
    .option(
      '--beta <beta>',
      'curvature of the steered network, in [0, 1] (default: what withstands most on held-out images)',
      parsed(parseBeta),
    )
    .addOption(
      new Option(
        '--attack-version <name>',
        'quick: APGD-CE, 3 targets of APGD-T and 500 queries of Square; standard: AutoAttack, for minutes',
      )
        .choices(['quick', 'standard'])
        .default('quick'),
    )
    .option('--seed <number>', 'seed of the attacks', parsed(parseSeed), 0)
    .option('--output <folder>', 'where attack.svg and attack.json go', parsed(filledText), 'ct-report')
    .exitOverride()
    .action(
      async ({
        attackVersion,
        ...options
      }: Omit<AttackCommandSettings, 'command' | 'version'> & { attackVersion: AttackCommandSettings['version'] }) => {
        await attackCommand({ ...options, version: attackVersion, command: `ct ${args.join(' ')}` }, signal);
      },
    );
  addCompareCommand(program, args, signal);
  addStartCommand(program, args, signal);
  addAdapterCommands(program, signal);
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
