/**
 * The command line of `ct`: what the options mean, and the exit codes.
 *
 * 0: done. 1: something went wrong on the way. 2: the options are wrong. 130: interrupted.
 */
import { Command, CommanderError, Option } from 'commander';
import { check, listOf, signal as signalSchema, text } from '@curvature-tuning/checks';
import type { Entries } from '@curvature-tuning/checks';
import { attackCommand, MOST_IMAGES } from './commands/attackCommand.js';
import type { AttackCommandSettings } from './commands/attackCommand.js';
import { addCompareCommand } from './commands/compareOptions.js';
import type { SteerSettings } from './commands/steerCommand.js';
import { steerCommand } from './commands/steerCommand.js';
import { BACKENDS } from './options/backend.js';
import { dataOption } from './options/dataOption.js';
import { parseBeta, parseBetas } from './options/betas.js';
import { parseEpochs } from './options/epochs.js';
import { methodNames, parseMethods } from './options/methodList.js';
import { filledText, parsed, positiveNumber, wholeNumber } from './options/parsers.js';
import { parseSeed, parseSeeds } from './options/seeds.js';
import { UsageError } from './options/usageError.js';
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

const DEFAULT_METHODS = 'probe,bn,sct,tct,lora';

function buildProgram(args: string[], signal: AbortSignal): Command {
  const program = new Command('ct')
    .description('Curvature Tuning: steer a pretrained network with one number')
    .exitOverride()
    // What was typed stands in the errors.
    .configureOutput({
      writeOut: (text) => process.stdout.write(visibleLines(text)),
      writeErr: (text) => process.stderr.write(visibleLines(text)),
    })
    .showHelpAfterError('(--help lists the options)');
  program
    .command('steer')
    .description(
      'Adapt a network to other data by its curvature: a linear probe on the ReLU network, as it is and calibrated ' +
        '(the control), the best of a grid of betas (S-CT), trained curvature (T-CT), LoRA and other baselines, as a ' +
        'table, report.html and report.json.',
    )
    .addOption(dataOption())
    .option('--methods <list>', `among ${methodNames.join(', ')}`, parsed(parseMethods), parseMethods(DEFAULT_METHODS))
    .addOption(new Option('--backend <name>', 'tfjs backend').choices(BACKENDS).default('wasm'))
    .option(
      '--betas <list>',
      'curvatures in [0, 1]: first:last:step, or a list 0.7,0.8,0.9 (default: 0.30:0.98:0.02; 0.70:0.99:0.01 under ' +
        '--protocol paper)',
      parsed(parseBetas),
    )
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
    .option('--output <folder>', 'where report.html and report.json go', parsed(filledText), 'ct-report')
    .action(async (options: Omit<SteerSettings, 'command'>) => {
      await steerCommand({ ...options, command: `ct ${args.join(' ')}` }, signal);
    });
  program
    .command('attack')
    .description(
      'Measure adversarial robustness: AutoAttack on the bundled network, plain (ReLU) against steered, as ' +
        'a table, attack.svg and attack.json.',
    )
    .addOption(new Option('--backend <name>', 'tfjs backend').choices(BACKENDS).default('wasm'))
    .addOption(new Option('--norm <norm>', 'norm of the perturbation').choices(['Linf', 'L2', 'L1']).default('Linf'))
    .option('--eps <radius>', 'radius of the ball, for pixels in [0, 1]', parsed(positiveNumber), 0.03)
    .option('--images <count>', 'how many of the digits are attacked', parsed(wholeNumber(1, MOST_IMAGES)), 40)
    .option('--beta <beta>', 'curvature of the steered network, in [0, 1]', parsed(parseBeta), 0.9)
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
  // Defaults of options are shown in help as the user would type them.
  const steer = program.commands[0]!;
  steer.options.find(({ long }) => long === '--methods')!.defaultValueDescription = DEFAULT_METHODS;
  steer.exitOverride();
  addCompareCommand(program, args, signal);
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
