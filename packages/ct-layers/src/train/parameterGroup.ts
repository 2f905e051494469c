/**
 * Parameters that are trained at one learning rate.
 */
import { takesPairs } from '@curvature-tuning/activation';
import type { Entries, Schema } from '@curvature-tuning/checks';
import { anyOf, filledText, isTensor, listOf, matching } from '@curvature-tuning/checks';
import type { Tensor, Tensor1D, Tensor2D, Variable } from '@tensorflow/tfjs-core';
import { addN, concat, keep, mul, reshape, sigmoid, split, sub, tidy } from '@tensorflow/tfjs-core';
import { Adam } from '../head/adam.js';
import { learningRate } from '../head/learningRates.js';
import { fromRows, pairsOf, toRows } from './run/pairedRows.js';

/** Parameters with one learning rate. */
export interface ParameterGroup {
  /** For messages and checkpoints; unique among the groups of a run. */
  name: string;
  /** Base learning rate, which the schedule scales. */
  learningRate: number;
  /** Each a variable, or several of one size that are tied: they have one value, and their gradients are summed. */
  parameters: readonly (Variable | readonly Variable[])[];
}

const variable: Schema<Variable> = matching(
  (value): value is Variable => isTensor(value) && 'assign' in value && !value.isDisposed,
  { expects: 'a variable that was not disposed of' },
);

export const parameterGroupEntries: Entries<ParameterGroup> = {
  name: filledText,
  learningRate,
  parameters: listOf(anyOf(variable, listOf(variable, { min: 1 })), { min: 1 }),
};

/** How a model takes the sigmoid of a variable in place of the variable. */
export interface Binding {
  /** Hands it over, end to end as the variable is, or null to have the variable read again. */
  bind: (value: Tensor1D | null) => void;
  /** For a variable that the model takes together with another of its size. */
  pair?: PairBinding | undefined;
}

/** How a model takes a variable together with another of its size. */
export interface PairBinding {
  /** The other one. */
  second: Variable;
  /** Hands over both, as `[2, size]`, or null to have the variables read again. */
  bind: (value: Tensor2D | null) => void;
}

/**
 * A group in training. All its parameters lie end to end in one vector, so that an update is a few kernels whatever
 * their number.
 *
 * The variables get their slices of it after each step. Where the model takes sigmoids instead, see `Binding`, one
 * sigmoid serves all of them, gradients are taken in its slices, and the variables are brought up to date by `settle`.
 * Where the backend's kernels take pairs, so do the slices, and the vector lies in two rows, see run/pairedRows.ts.
 */
export class GroupInTraining {
  readonly name: string;
  readonly variables: readonly Variable[];
  /** Sizes of the parameters, tied ones counted once. */
  readonly sizes: number[];
  private readonly group: ParameterGroup;
  private readonly adam: Adam;
  /** How the model takes each slice; undefined where the variables themselves are read. */
  private readonly takers: readonly Taker[] | undefined;
  /** The sizes of the pairs, where slices are pairs. */
  private readonly pairSizes: readonly number[] | undefined;
  /** Of the parameters end to end, or their rows. */
  private vector: Tensor;
  /** The sigmoid of the vector and its slices, while the model is bound to them. */
  private lent: { sigmoids: Tensor; slices: Tensor[] } | undefined;
  private isStale = false;

  constructor(group: ParameterGroup, bindings: ReadonlyMap<Variable, Binding> = new Map()) {
    this.group = group;
    this.name = group.name;
    this.variables = group.parameters.flat();
    const members = group.parameters.map((parameter) => [parameter].flat());
    this.sizes = members.map(([first]) => first!.size);
    if (this.variables.every((variable) => bindings.has(variable))) {
      const pairs = takesPairs() ? pairTakers(members, bindings) : undefined;
      if (pairs !== undefined) this.pairSizes = this.sizes.filter((_, i) => i % 2 === 0);
      this.takers = pairs ?? members.map((some) => takerOf(some.map((member) => bindings.get(member)!.bind)));
    }
    this.vector = this.gather();
    this.adam = new Adam(this.vector);
  }

  /** What a step's gradients are taken in, which stay the group's until the step is made. */
  leaves(): readonly Tensor[] {
    return this.takers === undefined ? this.variables : this.lend();
  }

  /** One step of Adam; `gradients` in the order of `leaves`, which stay the caller's. */
  step(gradients: readonly Tensor[], factor: number): void {
    const updated = tidy(() =>
      this.adam.step(
        this.vector,
        this.lent === undefined ? this.ofVariables(gradients) : this.ofSigmoids(gradients),
        this.group.learningRate * factor,
      ),
    );
    this.takeBack();
    this.vector.dispose();
    this.vector = updated;
    if (this.takers === undefined) this.scatter();
    else this.isStale = true;
  }

  /** Brings all variables up to date, and has the model read them again. */
  settle(): void {
    this.takeBack();
    if (this.isStale) this.scatter();
  }

  /** The state to go on from: values and both moments, and the number of steps. The caller disposes of the tensors. */
  getState(): { tensors: Record<string, Tensor>; steps: number } {
    const { weights, first, second, steps } = this.adam.getState(this.vector);
    const tensors = { values: this.inVector(weights), first: this.inVector(first), second: this.inVector(second) };
    [weights, first, second].forEach((t) => t.dispose());
    return { tensors, steps };
  }

  /** Goes on from a state, whose tensors stay the caller's. */
  setState({ tensors, steps }: { tensors: Record<string, Tensor>; steps: number }): void {
    const [first, second] = [this.asHeld(tensors['first']!), this.asHeld(tensors['second']!)];
    this.adam.setState({ first, second, steps });
    [first, second].forEach((t) => t.dispose());
    this.setValues(tensors['values'] as Tensor1D);
  }

  /** A copy of the values, end to end; the caller disposes of it. */
  getValues(): Tensor1D {
    return this.inVector(this.vector);
  }

  /** Gives all variables the values of a vector, which stays the caller's. */
  setValues(values: Tensor1D): void {
    this.takeBack();
    this.vector.dispose();
    this.vector = this.asHeld(values);
    this.adam.adopt(this.vector);
    this.scatter();
  }

  dispose(): void {
    this.takeBack();
    this.vector.dispose();
    this.adam.dispose();
  }

  private ofVariables(gradients: readonly Tensor[]): Tensor1D {
    let next = 0;
    return end(
      this.group.parameters.map((parameter) => {
        const members = [parameter].flat().map(() => flat(gradients[next++]!));
        return members.length === 1 ? members[0]! : addN(members);
      }),
    );
  }

  /** Through the sigmoid s, whose slope is s·(1 − s). */
  private ofSigmoids(gradients: readonly Tensor[]): Tensor {
    const { sigmoids } = this.lent!;
    const all = gradients.length === 1 ? gradients[0]! : concat([...gradients], this.pairSizes === undefined ? 0 : 1);
    return mul(all, sub(sigmoids, mul(sigmoids, sigmoids)));
  }

  private lend(): readonly Tensor[] {
    if (this.lent !== undefined) return this.lent.slices;
    this.lent = tidy(() => {
      const sigmoids = keep(sigmoid(this.vector));
      const slices = this.pairSizes === undefined ? this.sliced(sigmoids) : pairsOf(sigmoids, this.pairSizes);
      return { sigmoids, slices: slices.map((slice) => (slice === sigmoids ? slice : keep(slice))) };
    });
    this.takers!.forEach((take, i) => take(this.lent!.slices[i]!));
    return this.lent.slices;
  }

  private takeBack(): void {
    if (this.lent === undefined) return;
    this.takers!.forEach((take) => take(null));
    [this.lent.sigmoids, ...this.lent.slices].forEach((t) => t.dispose());
    this.lent = undefined;
  }

  private gather(): Tensor {
    return tidy(() => this.asHeld(end(this.group.parameters.map((parameter) => flat([parameter].flat()[0]!)))));
  }

  private scatter(): void {
    tidy(() => {
      const parts = this.sliced(this.inVector(this.vector));
      this.group.parameters.forEach((parameter, i) => {
        for (const variable of [parameter].flat()) variable.assign(inShapeOf(variable, parts[i]!));
      });
    });
    this.isStale = false;
  }

  private sliced(vector: Tensor): Tensor1D[] {
    return this.sizes.length === 1 ? [vector as Tensor1D] : split(vector as Tensor1D, this.sizes);
  }

  /** A vector as the group holds it, which is a tensor of its own. */
  private asHeld(vector: Tensor): Tensor {
    return this.pairSizes === undefined ? vector.clone() : toRows(vector, this.pairSizes);
  }

  /** What the group holds as a vector, which is a tensor of its own. */
  private inVector(held: Tensor): Tensor1D {
    return this.pairSizes === undefined ? (held.clone() as Tensor1D) : fromRows(held, this.pairSizes);
  }
}

/** Hands a slice to all members that are tied, or null. */
type Taker = (slice: Tensor | null) => void;

const takerOf =
  (binds: readonly ((value: never) => void)[]): Taker =>
  (slice) =>
    binds.forEach((bind) => bind(slice as never));

/** Takers of two parameters at once, where every second one is what the model takes with the one before it. */
function pairTakers(
  parameters: readonly (readonly Variable[])[],
  bindings: ReadonlyMap<Variable, Binding>,
): Taker[] | undefined {
  const takers: Taker[] = [];
  for (let i = 0; i < parameters.length; i += 2) {
    const [firsts, seconds = []] = [parameters[i]!, parameters[i + 1]];
    const pairs = firsts.map((first) => bindings.get(first)!.pair);
    if (pairs.length !== seconds.length || pairs.some((pair, k) => pair?.second !== seconds[k])) return undefined;
    takers.push(takerOf(pairs.map((pair) => pair!.bind)));
  }
  return takers;
}

const flat = (t: Tensor): Tensor1D => (t.rank === 1 ? (t as Tensor1D) : reshape(t, [-1]));
const inShapeOf = ({ rank, shape }: Tensor, part: Tensor1D): Tensor => (rank === 1 ? part : reshape(part, shape));
const end = (parts: Tensor1D[]): Tensor1D => (parts.length === 1 ? parts[0]! : concat(parts));
