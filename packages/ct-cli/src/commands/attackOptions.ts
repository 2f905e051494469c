/**
 * The options of `ct attack`.
 */
import type { Command } from 'commander';
import { Option } from 'commander';
import { addNetworkOptions } from '../network/networkOptions.js';
import { backendOption } from '../options/backendOption.js';
import { parseBeta } from '../options/betas.js';
import { dataOption, skipOption } from '../options/dataOption.js';
import { filledText, parsed, positiveNumber, wholeNumber } from '../options/parsers.js';
import { parseSeed } from '../options/seeds.js';
import type { AttackCommandSettings } from './attackCommand.js';
import { attackCommand } from './attackCommand.js';

type Options = Omit<AttackCommandSettings, 'command' | 'version'> & {
  attackVersion: AttackCommandSettings['version'];
};

/** Adds `ct attack` to the program. */
export function addAttackCommand(program: Command, args: readonly string[], signal: AbortSignal): void {
  const attack = program
    .command('attack')
    .description(
      'Measure adversarial robustness: AutoAttack on a network as it is, with batch normalisation calibrated (the ' +
        'control), and steered to the beta that withstands most on other images, as a table, attack.svg and ' +
        'attack.json.',
    );
  addNetworkOptions(attack.addOption(dataOption()).addOption(skipOption()))
    .option(
      '--adapter <file>',
      'what a run of ct left: the network has its head and its curvature (default: the head it came with)',
      parsed(filledText),
    )
    .addOption(backendOption())
    .addOption(new Option('--norm <norm>', 'norm of the perturbation').choices(['Linf', 'L2', 'L1']).default('Linf'))
    .option('--eps <radius>', 'radius of the ball, for pixels in [0, 1]', parsed(positiveNumber), 0.03)
    .option('--images <count>', 'how many of the test images are attacked', parsed(wholeNumber(1, 1_000_000)), 40)
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
    .option('--seed <number>', 'seed of the attacks, and of the split', parsed(parseSeed), 0)
    .option('--output <folder>', 'where attack.svg and attack.json go', parsed(filledText), 'ct-report')
    .exitOverride()
    .action(async ({ attackVersion, ...options }: Options) => {
      await attackCommand({ ...options, version: attackVersion, command: `ct ${args.join(' ')}` }, signal);
    });
}
