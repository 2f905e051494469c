/**
 * The command line of `ct`: what the options mean, and the exit codes.
 *
 * 0: done. 1: something went wrong on the way. 2: the options are wrong. 130: interrupted.
 */
import { Command, CommanderError, Option } from 'commander';
import { attackCommand } from './attackCommand.js';
import type { AttackCommandSettings } from './attackCommand.js';
import { backends } from './backend.js';
import { UsageError } from './usageError.js';
import { defaultBetaRange, parseBetas } from './betas.js';
import { addCompareCommand } from './compareOptions.js';
import { Interrupted } from './interrupted.js';
import { methodNames, parseMethods } from './methodList.js';
import { naturalNumber, parsed, positiveInteger, positiveNumber } from './parsers.js';
import type { SteerSettings } from './steerCommand.js';
import { steerCommand } from './steerCommand.js';

/** Runs one command line and returns the exit code; reports go to stdout, progress and errors to stderr. */
export async function runCommandLine(args: string[], signal: AbortSignal): Promise<number> {
  const program = buildProgram(args, signal);
  try {
    await program.parseAsync(args, { from: 'user' });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    if (signal.aborted) {
      console.error(`\nct: interrupted; ${error instanceof Interrupted ? error.message : 'nothing was written'}`);
      return 130;
    }
    console.error(`ct: ${error instanceof Error ? error.message : String(error)}`);
    return error instanceof UsageError ? 2 : 1;
  }
}

const defaultMethods = 'probe,sct,bn,tct,lora';

function buildProgram(args: string[], signal: AbortSignal): Command {
  const program = new Command('ct')
    .description('Curvature Tuning: steer a pretrained network with one number')
    .exitOverride()
    .showHelpAfterError('(--help lists the options)');
  program
    .command('steer')
    .description('Adapt a network to other data by its curvature: a linear probe on the ReLU network, the best of a grid of betas (S-CT), trained curvature (T-CT) and its control, LoRA and other baselines, as a table, report.html and report.json.')
    .option('--data <set>', 'digits, fashion-mnist-sample (both ship with the package), fashion-mnist, mnist (downloaded, or from CT_DATA_DIR), or a folder of images with one folder a class', 'digits')
    .option('--methods <list>', `among ${methodNames.join(', ')}`, parsed(parseMethods), parseMethods(defaultMethods))
    .addOption(new Option('--backend <name>', 'tfjs backend').choices(backends).default('wasm'))
    .option('--betas <list>', 'curvatures in [0, 1]: first:last:step, or a list 0.7,0.8,0.9', parsed(parseBetas), parseBetas(defaultBetaRange))
    .addOption(new Option('--probe <kind>', 'how the head is trained: 20 epochs of Adam, or L-BFGS to the optimum').choices(['paper', 'converged']).default('paper'))
    .option('--epochs <count>', 'epochs of what is trained beside a head', parsed(positiveInteger), 20)
    .option('--seeds <count>', 'number of runs, with seeds from --seed on; reports mean and spread', parsed(positiveInteger), 1)
    .option('--seed <number>', 'first seed: draws the split, the head and the order of examples', parsed(naturalNumber), 42)
    .option('--output <folder>', 'where report.html and report.json go', 'ct-report')
    .action(async (options: Omit<SteerSettings, 'command'>) => {
      await steerCommand({ ...options, command: `ct ${args.join(' ')}` }, signal);
    });
  program
    .command('attack')
    .description('Measure adversarial robustness: AutoAttack on the bundled network, plain (ReLU) against steered, as a table, attack.svg and attack.json.')
    .addOption(new Option('--backend <name>', 'tfjs backend').choices(backends).default('wasm'))
    .addOption(new Option('--norm <norm>', 'norm of the perturbation').choices(['Linf', 'L2', 'L1']).default('Linf'))
    .option('--eps <radius>', 'radius of the ball, for pixels in [0, 1]', parsed(positiveNumber), 0.03)
    .option('--images <count>', 'how many of the digits are attacked', parsed(positiveInteger), 40)
    .option('--beta <beta>', 'curvature of the steered network, in [0, 1]', parsed((text) => parseBetas(text)[0]!), 0.9)
    .addOption(new Option('--attack-version <name>', 'quick: APGD-CE, 3 targets of APGD-T and 500 queries of Square; standard: AutoAttack, for minutes').choices(['quick', 'standard']).default('quick'))
    .option('--seed <number>', 'seed of the attacks', parsed(naturalNumber), 0)
    .option('--output <folder>', 'where attack.svg and attack.json go', 'ct-report')
    .exitOverride()
    .action(async ({ attackVersion, ...options }: Omit<AttackCommandSettings, 'command' | 'version'> & { attackVersion: AttackCommandSettings['version'] }) => {
      await attackCommand({ ...options, version: attackVersion, command: `ct ${args.join(' ')}` }, signal);
    });
  // Defaults of options are shown in help as the user would type them.
  const steer = program.commands[0]!;
  steer.options.find(({ long }) => long === '--betas')!.defaultValueDescription = defaultBetaRange;
  steer.options.find(({ long }) => long === '--methods')!.defaultValueDescription = defaultMethods;
  steer.exitOverride();
  addCompareCommand(program, args, signal);
  return program;
}
