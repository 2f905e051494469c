/** Every public function refuses arguments of a wrong kind, out of range or unknown, by their name. */
import { refusals } from '@curvature-tuning/checks/testing';
import { expect, it } from 'vitest';
import * as torchFile from '../src/index.js';
import { isTorchFileArguments } from '../src/fileFormat.js';
import { parseTorchFileArguments } from '../src/parseTorchFile.js';

const { covered, refuses } = refusals();

it('parseTorchFile', async () => {
  const good = { bytes: new Uint8Array(0), options: {} };
  await refuses('parseTorchFile', parseTorchFileArguments, { good, atLeast: 90 }, ({ bytes, options }) =>
    torchFile.parseTorchFile(bytes, options),
  );
});

it('isTorchFile', async () => {
  const good = { bytes: new Uint8Array(0) };
  await refuses('isTorchFile', isTorchFileArguments, { good, atLeast: 10 }, ({ bytes }) =>
    torchFile.isTorchFile(bytes),
  );
});

it('the tables name every public function', () => {
  const functions = Object.keys(torchFile).filter((name) => /^[a-z]/.test(name));
  expect(functions.filter((name) => !covered.has(name))).toEqual([]);
});
