/**
 * TensorFlow's libraries and headers, from PyPI's wheel into the cache.
 */
import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { mkdir, readdir, rm, statfs, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { cacheFolder, nativeFolder } from '../opLibrary.js';
import { whyNotSealed } from '../sealedFolder.js';
import { makeFolder } from './makeFolder.js';
import { run } from './run.js';
import { findPython } from './tools.js';
import type { Contents, Wheel } from './wheels.js';

/** What set-up says as it goes on. */
export type Report = (line: string) => void;

const GIGABYTE = 1e9;

/**
 * The folder that holds `include` and, unless only headers are wanted, `lib` of a release: downloaded with pip,
 * verified and unpacked on first use.
 *
 * @throws Error when a tool or space on the disk is missing, the download fails, or its sum is not the one known.
 */
export async function obtainLibtensorflow(
  wheel: Wheel,
  contents: Contents,
  report: Report,
  signal?: AbortSignal,
): Promise<string> {
  const folder = join(cacheFolder(), `${wheel.project}-${wheel.version}${contents === 'headers' ? '-headers' : ''}`);
  if (existsSync(folder)) {
    const reason = whyNotSealed(folder);
    if (reason === undefined) return folder;
    report(`Fetching ${wheel.project} again: ${reason}.`);
  }
  const python = await findPython(signal);
  await mkdir(dirname(folder), { recursive: true });
  await checkSpace(dirname(folder), wheel);
  await makeFolder(
    folder,
    async (temporary) => {
      report(
        `Downloading ${wheel.project} ${wheel.version} with pip ` +
          `(${wheel.project === 'tensorflow' ? '480' : '210'} MB) ...`,
      );
      const file = await download(wheel, python, join(temporary, 'download'), signal);
      report('Verifying and unpacking ...');
      await verify(file, wheel.sha256);
      await run(python, [join(nativeFolder, 'tensorflow', 'unpackWheel.py'), file, temporary, contents], { signal });
      for (const name of ['download', 'download.txt']) await rm(join(temporary, name), { recursive: true });
    },
    { replace: true },
  );
  return folder;
}

/** pip checks the sum as well; the version of Python and the platform are the wheel's, not this machine's. */
async function download(wheel: Wheel, python: string, folder: string, signal?: AbortSignal): Promise<string> {
  const requirement = `${folder}.txt`;
  await writeFile(requirement, `${wheel.project}==${wheel.version} --hash=sha256:${wheel.sha256}\n`);
  const abi = `cp${wheel.python.replace('.', '')}`;
  const args = [
    '-m',
    'pip',
    'download',
    '--quiet',
    '--disable-pip-version-check',
    '--no-cache-dir',
    '--no-deps',
    '--only-binary=:all:',
    '--require-hashes',
  ];
  const target = [
    '--python-version',
    wheel.python,
    '--implementation',
    'cp',
    '--abi',
    abi,
    '--platform',
    'manylinux2014_x86_64',
    '--platform',
    'manylinux_2_17_x86_64',
  ];
  try {
    await run(python, [...args, ...target, '--dest', folder, '--requirement', requirement], { signal });
  } catch (cause) {
    signal?.throwIfAborted();
    throw new Error(
      `ct-node: TensorFlow could not be downloaded.\n${(cause as Error).message}\n` +
        `Cure: check the network and run the same command again; or put the wheel ${wheel.project} ` +
        `${wheel.version} (cp${wheel.python.replace('.', '')}, manylinux_2_17_x86_64) into a folder and set ` +
        'PIP_FIND_LINKS to it.',
      { cause },
    );
  }
  const [name] = await readdir(folder);
  return join(folder, name!);
}

/** @throws Error when the sum of a file is not the one expected. */
export async function verify(file: string, sha256: string): Promise<void> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file)) hash.update(chunk as Uint8Array);
  const got = hash.digest('hex');
  if (got !== sha256)
    throw new Error(
      `ct-node: ${file} has sha256 ${got}, expected ${sha256}; it was changed on its way: run the same ` +
        'command again, or fetch it from elsewhere',
    );
}

async function checkSpace(folder: string, wheel: Wheel): Promise<void> {
  const needed = (wheel.project === 'tensorflow' ? 3 : 1.2) * GIGABYTE;
  const { bavail, bsize } = await statfs(folder);
  if (bavail * bsize >= needed) return;
  throw new Error(
    `ct-node: ${folder} has ${((bavail * bsize) / GIGABYTE).toFixed(1)} GB left, TensorFlow needs ` +
      `${needed / GIGABYTE} GB; make room, or set CT_NODE_CACHE to a folder elsewhere`,
  );
}
