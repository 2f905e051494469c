/**
 * The tools that set-up needs from the machine, found or asked for by name.
 */
import { run } from './run.js';

/** Refuses where the native kernels are not offered. */
export function checkPlatform(platform: string = process.platform, arch: string = process.arch): void {
  if (platform === 'linux' && arch === 'x64') return;
  throw new Error(
    `ct-node: the native kernels are offered on Linux x64, this is ${platform} ${arch}. The sources ` +
      `compile for ARM (native/cpu), which nobody has tested.\n` +
      'Cure: none is needed to use ctu: without native kernels it runs composed of stock ops.',
  );
}

/** A C++ compiler: `$CXX`, g++ or clang++. */
export async function findCompiler(signal?: AbortSignal): Promise<string> {
  const { CXX } = process.env;
  const compiler = await firstThatRuns(CXX ? [CXX] : ['g++', 'clang++'], ['--version'], signal);
  if (compiler !== undefined) return compiler;
  const missing = CXX
    ? `the compiler ${CXX}, named by CXX, does not run`
    : 'no C++ compiler: neither g++ nor clang++ runs';
  throw new Error(
    `ct-node: ${missing}.\nCure: ` + 'sudo apt-get install g++ (Debian, Ubuntu) or dnf install gcc-c++ (Fedora).',
  );
}

/**
 * A Python that has pip: `$PYTHON`, python3 or /usr/bin/python3. It downloads and unpacks; TensorFlow for Python is not
 * installed.
 */
export async function findPython(signal?: AbortSignal): Promise<string> {
  const { PYTHON } = process.env;
  const candidates = PYTHON ? [PYTHON] : ['python3', '/usr/bin/python3'];
  const python = await firstThatRuns(candidates, ['-m', 'pip', '--version'], signal);
  if (python !== undefined) return python;
  const present = await firstThatRuns(candidates, ['--version'], signal);
  const missing = present === undefined ? `no Python: ${candidates.join(' and ')} do not run` : `${present} has no pip`;
  throw new Error(
    `ct-node: ${missing}; pip downloads TensorFlow's libraries.\n` +
      `Cure: sudo apt-get install python3 python3-pip (Debian, Ubuntu), or set PYTHON to one that has pip.`,
  );
}

async function firstThatRuns(commands: string[], args: string[], signal?: AbortSignal): Promise<string | undefined> {
  for (const command of commands) {
    try {
      await run(command, args, { signal });
      return command;
    } catch {
      signal?.throwIfAborted();
    }
  }
  return undefined;
}
