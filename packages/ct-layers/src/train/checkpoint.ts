/**
 * A training run at the end of an epoch, as one `.safetensors` file: enough to go on as if it had never stopped.
 */
import type { Entries, Schema } from '@curvature-tuning/checks';
import {
  anyOf,
  bytes as bytesSchema,
  checkSeal,
  checkValue,
  flag,
  listOf,
  nothing,
  options,
  parseJson,
  real,
  recordOf,
  sealed,
  show,
  text,
  unitInterval,
  whole,
} from '@curvature-tuning/checks';
import type { Fresh, SafetensorsFile } from '@curvature-tuning/safetensors';
import { parseSafetensors, serializeSafetensors } from '@curvature-tuning/safetensors';
import type { Tensor } from '@tensorflow/tfjs-core';
import { tensor } from '@tensorflow/tfjs-core';
import type { EpochRecord } from './epochRecord.js';

const VERSION = '2';
const ANEW = 'start the run anew without {resume}';

/** What tells a run from others, by the names that errors call it. */
export type RunIdentity = Readonly<Record<string, string | number | boolean | null>>;

/** What a checkpoint holds beside its tensors. */
export interface CheckpointFacts {
  /** What a run must share with this one to take it up. */
  run: RunIdentity;
  /** Of the factors that the schedule gave in the epochs that are done. */
  schedule: string;
  history: EpochRecord[];
  /** Index into `history`. */
  best: number;
  /** Steps that each group has taken, by name. */
  steps: Record<string, number>;
}

/** What a run expects of its checkpoint. */
export interface CheckpointExpectation {
  run: RunIdentity;
  /** The hash of the schedule over a number of epochs. */
  schedule: (epochs: number) => string;
  /** Names and sizes of the tensors that the run would write. */
  sizes: ReadonlyMap<string, number>;
  groups: readonly string[];
  /** Steps of an epoch; null where a stream does not say. */
  batchesPerEpoch: number | null;
  /** Whether a later epoch is better than an earlier one. */
  isBetter: (later: EpochRecord, earlier: EpochRecord) => boolean;
}

const epochRecordEntries: Entries<EpochRecord> = {
  epoch: whole({ min: 0 }),
  loss: real(),
  accuracy: unitInterval,
  validationLoss: real(),
  validationAccuracy: unitInterval,
  seconds: real({ min: 0 }),
};
const factsSchema = options<CheckpointFacts>(
  {
    run: recordOf(anyOf(text, real(), flag, nothing)),
    schedule: text,
    history: listOf(
      options<EpochRecord>(epochRecordEntries, [
        'epoch',
        'loss',
        'accuracy',
        'validationLoss',
        'validationAccuracy',
        'seconds',
      ]),
      { min: 1 },
    ) as Schema<EpochRecord[]>,
    best: whole({ min: 0 }),
    steps: recordOf(whole({ min: 1 })),
  },
  ['run', 'schedule', 'history', 'best', 'steps'],
);

/** Writes tensors and facts. */
export async function writeCheckpoint(
  tensors: Record<string, Tensor>,
  facts: CheckpointFacts,
): Promise<Fresh<Uint8Array>> {
  const entries = [];
  for (const [name, t] of Object.entries(tensors))
    entries.push([name, { dtype: 'F32', shape: t.shape, data: (await t.data()) as Float32Array }] as const);
  return serializeSafetensors(entries, sealed(entries, { ct_checkpoint: VERSION, facts: JSON.stringify(facts) }));
}

/**
 * Reads a checkpoint for a run; the caller disposes of the tensors.
 *
 * @throws Error when it is damaged, or of a run that differs in anything its result depends on, by name.
 */
export function readCheckpoint(
  bytes: Uint8Array,
  expected: CheckpointExpectation,
): { tensors: Record<string, Tensor>; facts: CheckpointFacts } {
  const file = parse(bytes);
  const version = file.metadata['ct_checkpoint'];
  if (version !== VERSION)
    throw new Error(
      `resume: expected a checkpoint of version ${VERSION}, got ` +
        `${version === undefined ? 'a file that is no checkpoint' : `version ${show(version)}`}; ${ANEW}`,
    );
  const facts = parseJson('resume', "the checkpoint's facts", file.metadata['facts'] ?? '', factsSchema);
  checkRun(facts, expected);
  checkSizes(file, expected.sizes);
  checkConsistency(facts, expected);
  checkSeal('resume', 'the checkpoint', file, ANEW);
  return {
    tensors: Object.fromEntries(
      [...file.tensors].map(([name, { shape, data }]) => [name, tensor(data as Float32Array, [...shape])]),
    ),
    facts,
  };
}

function parse(bytes: Uint8Array): SafetensorsFile {
  checkValue('resume', 'the checkpoint', bytesSchema, bytes);
  try {
    const file = parseSafetensors(bytes);
    for (const [name, reason] of file.skipped) throw new Error(`tensor ${show(name)} cannot be read: ${reason}`);
    return file;
  } catch (cause) {
    throw new Error(`resume: the checkpoint is damaged: ${(cause as Error).message}; ${ANEW}`, { cause });
  }
}

function checkRun({ run, schedule, history }: CheckpointFacts, expected: CheckpointExpectation): void {
  const [there, here]: RunIdentity[] = [
    { ...run, schedule },
    { ...expected.run, schedule: expected.schedule(history.length) },
  ];
  const differences = [...new Set([...Object.keys(here!), ...Object.keys(there!)])]
    .filter((name) => there![name] !== here![name])
    .map((name) => `with ${name} ${brief(there![name])}, this run has ${brief(here![name])}`);
  if (differences.length > 0)
    throw new Error(
      `resume: the checkpoint was made ${differences.join('; ')}; pass what that run was given, or ${ANEW}`,
    );
}

/** Hashes by their beginning. */
function brief(value: RunIdentity[string] | undefined): string {
  if (value === undefined) return 'none';
  return typeof value === 'string' && /^[0-9a-f]{64}$/.test(value) ? `${value.slice(0, 12)}…` : String(value);
}

function checkSizes({ tensors }: SafetensorsFile, sizes: ReadonlyMap<string, number>): void {
  const missing = [...sizes.keys()].filter((name) => !tensors.has(name));
  const surplus = [...tensors.keys()].filter((name) => !sizes.has(name));
  const misshaped = [...sizes].flatMap(([name, size]) => {
    const found = tensors.get(name);
    if (found === undefined) return [];
    const is = `${found.dtype} of shape [${found.shape.join(', ')}]`;
    return found.dtype === 'F32' && found.data.length === size
      ? []
      : [`${name} (${is}, expected ${size} numbers of F32)`];
  });
  const wrong = Object.entries({ lacks: missing, 'has besides': surplus, 'has in another form': misshaped }).filter(
    ([, names]) => names.length > 0,
  );
  if (wrong.length > 0)
    throw new Error(
      'resume: the checkpoint is damaged: it ' +
        `${wrong.map(([what, names]) => `${what} ${names.map(show).join(', ')}`).join('; ')}; ${ANEW}`,
    );
}

function checkConsistency(
  { history, best, steps }: CheckpointFacts,
  { groups, batchesPerEpoch, isBetter }: CheckpointExpectation,
): void {
  const fail = (what: string, must: string, got: unknown): never => {
    throw new Error(`resume: the checkpoint's facts.${what} must ${must}, got ${show(got)}; ${ANEW}`);
  };
  history.forEach(({ epoch }, i) => epoch === i || fail(`history[${i}].epoch`, `be ${i}`, epoch));
  const right = history.reduce((kept, record, i) => (isBetter(record, history[kept]!) ? i : kept), 0);
  if (best !== right) fail('best', `be ${right}, the epoch that validates best`, best);
  if (Object.keys(steps).sort().join() !== [...groups].sort().join())
    fail('steps', `be of the groups ${groups.join(', ')}`, Object.keys(steps));
  for (const [name, count] of Object.entries(steps)) {
    if (batchesPerEpoch !== null && count !== batchesPerEpoch * history.length)
      fail(`steps.${name}`, `be ${batchesPerEpoch * history.length}, those of ${history.length} epochs`, count);
    if (count !== Object.values(steps)[0]) fail(`steps.${name}`, 'be that of the other groups', count);
  }
}
