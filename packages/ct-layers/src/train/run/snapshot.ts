/**
 * The values of a run at one moment: those of the best epoch, and those that a checkpoint holds to go on from.
 *
 * They are tensors by the names that checkpoints have: a prefix, and the name of a group or the place of a variable.
 */
import type { Tensor, Tensor1D, Variable } from '@tensorflow/tfjs-core';
import type { CheckpointExpectation, CheckpointFacts } from '../checkpoint.js';
import { readCheckpoint, writeCheckpoint } from '../checkpoint.js';
import type { EpochRecord } from '../epochRecord.js';
import type { GroupInTraining } from '../parameterGroup.js';

/** What changes in a run. */
export interface Changing {
  groups: readonly GroupInTraining[];
  /** Moving statistics. */
  state: readonly Variable[];
}

/** Whether the first epoch is the better one, of which the second came earlier. */
export type IsBetter = (later: EpochRecord, earlier: EpochRecord) => boolean;

/** Values by name; whoever holds them disposes of them. */
export type Snapshot = Record<string, Tensor>;

/** How far a run is: the epochs that are done, and the values of the best one. */
export interface Standing {
  history: EpochRecord[];
  /** Undefined before the first epoch is done. */
  best: { index: number; values: Snapshot } | undefined;
}

/** The standing after one epoch more, whose values are kept where it is the best; `standing` is used up. */
export function afterEpoch(
  changing: Changing,
  { history, best }: Standing,
  record: EpochRecord,
  isBetter: IsBetter,
): Standing {
  const all = [...history, record];
  if (best !== undefined && !isBetter(record, history[best.index]!)) return { history: all, best };
  if (best !== undefined) disposeSnapshot(best.values);
  return { history: all, best: { index: history.length, values: snapshotOf(changing, 'best.') } };
}

/** Gives everything the values of the best epoch, if there is one. */
export function restoreBest({ groups, state }: Changing, { best }: Standing): void {
  if (best === undefined) return;
  for (const group of groups) group.setValues(best.values[`best.${group.name}`] as Tensor1D);
  state.forEach((variable, i) => variable.assign(best.values[`best.state.${i}`]!));
}

/** Frees the values of the best epoch. */
export function disposeStanding({ best }: Standing): void {
  if (best !== undefined) disposeSnapshot(best.values);
}

/** The checkpoint of a run after an epoch. */
export async function checkpointOf(
  changing: Changing,
  { history, best }: Standing,
  facts: Pick<CheckpointFacts, 'run' | 'schedule'>,
): Promise<Uint8Array> {
  const { values, steps } = momentsOf(changing);
  try {
    return await writeCheckpoint({ ...values, ...best!.values }, { ...facts, history, best: best!.index, steps });
  } finally {
    disposeSnapshot(values);
  }
}

/** Sets everything to where a checkpoint was made, and returns how far that was. */
export function resumeFrom(bytes: Uint8Array, changing: Changing, expected: CheckpointExpectation): Standing {
  const { tensors, facts } = readCheckpoint(bytes, expected);
  try {
    for (const group of changing.groups) {
      const part = (prefix: string): Tensor => tensors[`${prefix}.${group.name}`]!;
      group.setState({
        tensors: { values: part('now'), first: part('first'), second: part('second') },
        steps: facts.steps[group.name]!,
      });
    }
    changing.state.forEach((variable, i) => variable.assign(tensors[`now.state.${i}`]!));
    const best = Object.entries(tensors).filter(([name]) => name.startsWith('best.'));
    const values = Object.fromEntries(best.map(([name, value]) => [name, value.clone()]));
    return { history: facts.history, best: { index: facts.best, values } };
  } finally {
    disposeSnapshot(tensors);
  }
}

/** Names and sizes of the tensors in a checkpoint. */
export function checkpointSizes({ groups, state }: Changing): Map<string, number> {
  const parameters = groups.flatMap(({ name, sizes }) =>
    ['now.', 'best.', 'first.', 'second.'].map((prefix) => [prefix + name, sizes.reduce((a, b) => a + b)] as const),
  );
  const variables = state.flatMap(({ size }, i) =>
    ['now.', 'best.'].map((prefix) => [`${prefix}state.${i}`, size] as const),
  );
  return new Map([...parameters, ...variables]);
}

/** Copies of all parameters and of the state. */
function snapshotOf({ groups, state }: Changing, prefix: string): Snapshot {
  return {
    ...Object.fromEntries(groups.map((group) => [`${prefix}${group.name}`, group.getValues()])),
    ...Object.fromEntries(state.map((variable, i) => [`${prefix}state.${i}`, variable.clone()])),
  };
}

/** Copies of all that a run goes on from, the optimiser's moments too, and the steps that were taken. */
function momentsOf({ groups, state }: Changing): { values: Snapshot; steps: Record<string, number> } {
  const states = groups.map((group) => [group.name, group.getState()] as const);
  const values: Snapshot = Object.fromEntries(states.map(([name, { tensors }]) => [`now.${name}`, tensors['values']!]));
  state.forEach((variable, i) => (values[`now.state.${i}`] = variable.clone()));
  for (const [name, { tensors }] of states) {
    values[`first.${name}`] = tensors['first']!;
    values[`second.${name}`] = tensors['second']!;
  }
  const steps = Object.fromEntries(states.map(([name, group]) => [name, group.steps]));
  return { values, steps };
}

function disposeSnapshot(snapshot: Snapshot): void {
  Object.values(snapshot).forEach((value) => value.dispose());
}
