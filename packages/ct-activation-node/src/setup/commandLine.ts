/**
 * The command line of `ct-node`.
 *
 * 0: done, and all is in order. 1: something is missing or failed. 2: the options are wrong. 130: interrupted.
 */
import { parseArgs } from 'node:util';
import { doctor } from './doctor.js';
import { buildHarness } from './harness.js';
import { setUp } from './setUp.js';
import { DEFAULT_VERSION, WHEELS } from './wheels.js';

const versions = [...new Set(WHEELS.filter(({ contents }) => contents === 'libraries').map(({ version }) => version))];

const help = `Usage: ct-node <command> [options]

Native TensorFlow kernels of the Curvature Tuning activation for tfjs-node.

  setup      Make the project's tfjs-node work (libtensorflow from PyPI, unless it has one; its binding compiled), and
             build the native op. May be run again at any time; does what is missing.
  doctor     Say what is there and run a self-test.
  gpu-check FOLDER
             Make a small program in FOLDER that checks and times the CUDA kernels on any Linux x64 machine with an
             NVIDIA card, without a network.

Options:
  --gpu                  a libtensorflow that can use NVIDIA cards; CUDA itself must be on the machine
  --tensorflow VERSION   ${versions.join(', ')} (default: what is there, else ${DEFAULT_VERSION})
  --rebuild              compile anew what is there
  --help

Libraries (0.8 GB) are kept in CT_NODE_CACHE, or ~/.cache/curvature-tuning/node, and survive reinstalls. CXX and PYTHON
name the compiler and the Python to use.`;

/** Runs one command line and returns the exit code. */
export async function runCommandLine(args: string[], signal: AbortSignal): Promise<number> {
  let parsed;
  try {
    const options = {
      gpu: { type: 'boolean' },
      tensorflow: { type: 'string' },
      rebuild: { type: 'boolean' },
      help: { type: 'boolean' },
    } as const;
    parsed = parseArgs({ args, options, allowPositionals: true });
  } catch (error) {
    return complain(`${(error as Error).message}\n(--help lists the options)`, 2);
  }
  const { values, positionals } = parsed;
  if (values.help) {
    console.log(help);
    return 0;
  }
  const [command, ...rest] = positionals;
  try {
    const common = { gpu: values.gpu ?? false, report: (line: string): void => console.log(line), signal };
    if (command === 'setup' && rest.length === 0) {
      await setUp({ ...common, tensorflow: values.tensorflow, rebuild: values.rebuild ?? false });
      console.log(
        '✓ Ready: import @tensorflow/tfjs-node, then @curvature-tuning/activation-node. ct-node doctor runs a ' +
          'self-test.',
      );
      return 0;
    }
    if (command === 'doctor' && rest.length === 0) return (await doctor(common)) ? 0 : 1;
    if (command === 'gpu-check' && rest.length === 1) {
      await buildHarness(rest[0]!, common);
      return 0;
    }
  } catch (error) {
    if (signal.aborted) return complain('\nct-node: interrupted; run the same command again to go on', 130);
    return complain((error as Error).message, error instanceof RangeError ? 2 : 1);
  }
  const wrong =
    command === undefined
      ? 'a command is missing'
      : `expected setup, doctor or gpu-check FOLDER, got ${positionals.join(' ')}`;
  return complain(`ct-node: ${wrong} (--help lists them)`, 2);
}

function complain(message: string, code: number): number {
  console.error(message);
  return code;
}
