/**
 * Parameters that are trained at one learning rate.
 */
import type { Entries, Schema } from '@curvature-tuning/checks';
import { anyOf, filledText, isTensor, listOf, matching } from '@curvature-tuning/checks';
import type { Tensor, Tensor1D, Variable } from '@tensorflow/tfjs-core';
import { addN, concat, keep, mul, reshape, sigmoid, split, square, sub, tidy } from '@tensorflow/tfjs-core';
import { Adam } from '../head/adam.js';
import { learningRate } from '../head/learningRates.js';

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

/**
 * How a model takes the sigmoid of a variable in place of the variable: a tensor end to end as the variable is, or null
 * to read the variable again.
 */
export type Binding = (value: Tensor1D | null) => void;

/**
 * A group in training. All its parameters lie end to end in one vector, so that an update is a dozen kernels whatever
 * their number.
 *
 * The variables get their slices of it after each step. Where the model takes sigmoids instead, see `Binding`, one
 * sigmoid serves all of them, gradients are taken in its slices, and the variables are brought up to date by `settle`.
 */
export class GroupInTraining {
  readonly name: string;
  readonly variables: readonly Variable[];
  /** Sizes of the parameters, tied ones counted once. */
  readonly sizes: number[];
  private readonly group: ParameterGroup;
  private readonly adam: Adam;
  /** Of each parameter, its members'; undefined where the variables themselves are read. */
  private readonly bindings: readonly (readonly Binding[])[] | undefined;
  private vector: Tensor1D;
  /** The sigmoid of the vector and its slices, while the model is bound to them. */
  private lent: { sigmoids: Tensor1D; slices: Tensor1D[] } | undefined;
  private isStale = false;

  constructor(group: ParameterGroup, bindings: ReadonlyMap<Variable, Binding> = new Map()) {
    this.group = group;
    this.name = group.name;
    this.variables = group.parameters.flat();
    this.sizes = group.parameters.map((parameter) => [parameter].flat()[0]!.size);
    if (this.variables.every((variable) => bindings.has(variable)))
      this.bindings = group.parameters.map((parameter) => [parameter].flat().map((member) => bindings.get(member)!));
    this.vector = this.gather();
    this.adam = new Adam(this.vector);
  }

  /** What a step's gradients are taken in, which stay the group's until the step is made. */
  leaves(): readonly Tensor[] {
    return this.bindings === undefined ? this.variables : this.lend();
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
    if (this.bindings === undefined) this.scatter();
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
    return { tensors: { values: weights, first, second }, steps };
  }

  /** Goes on from a state, whose tensors stay the caller's. */
  setState({ tensors, steps }: { tensors: Record<string, Tensor>; steps: number }): void {
    this.adam.setState({ first: tensors['first']!, second: tensors['second']!, steps });
    this.setValues(tensors['values'] as Tensor1D);
  }

  /** A copy of the values, end to end; the caller disposes of it. */
  getValues(): Tensor1D {
    return this.vector.clone();
  }

  /** Gives all variables the values of a vector, which stays the caller's. */
  setValues(values: Tensor1D): void {
    this.takeBack();
    this.vector.dispose();
    this.vector = values.clone<Tensor1D>();
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
  private ofSigmoids(gradients: readonly Tensor[]): Tensor1D {
    const { sigmoids } = this.lent!;
    return mul(end(gradients as Tensor1D[]), sub(sigmoids, square(sigmoids)));
  }

  private lend(): readonly Tensor1D[] {
    if (this.lent !== undefined) return this.lent.slices;
    this.lent = tidy(() => {
      const sigmoids = keep(sigmoid(this.vector));
      return { sigmoids, slices: this.sliced(sigmoids).map((slice) => (slice === sigmoids ? slice : keep(slice))) };
    });
    this.bindings!.forEach((members, i) => members.forEach((bind) => bind(this.lent!.slices[i]!)));
    return this.lent.slices;
  }

  private takeBack(): void {
    if (this.lent === undefined) return;
    this.bindings!.flat().forEach((bind) => bind(null));
    [this.lent.sigmoids, ...this.lent.slices].forEach((t) => t.dispose());
    this.lent = undefined;
  }

  private gather(): Tensor1D {
    return tidy(() => end(this.group.parameters.map((parameter) => flat([parameter].flat()[0]!).clone())));
  }

  private scatter(): void {
    tidy(() => {
      const parts = this.sliced(this.vector);
      this.group.parameters.forEach((parameter, i) => {
        for (const variable of [parameter].flat()) variable.assign(reshape(parts[i]!, variable.shape));
      });
    });
    this.isStale = false;
  }

  private sliced(vector: Tensor1D): Tensor1D[] {
    return this.sizes.length === 1 ? [vector] : split(vector, this.sizes);
  }
}

const flat = (t: Tensor): Tensor1D => (t.rank === 1 ? (t as Tensor1D) : reshape(t, [-1]));
const end = (parts: Tensor1D[]): Tensor1D => (parts.length === 1 ? parts[0]! : concat(parts));
