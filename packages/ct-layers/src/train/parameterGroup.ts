/**
 * Parameters that are trained at one learning rate.
 */
import type { Entries, Schema } from '@curvature-tuning/checks';
import { anyOf, filledText, isTensor, listOf, matching } from '@curvature-tuning/checks';
import type { Rank, Tensor, Tensor1D, Variable } from '@tensorflow/tfjs-core';
import { addN, concat, reshape, split, tidy } from '@tensorflow/tfjs-core';
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
 * A group in training. All its parameters lie end to end in one vector, so that an update is a dozen kernels whatever
 * their number; the variables get their slices of it.
 */
export class GroupInTraining {
  readonly name: string;
  readonly variables: readonly Variable[];
  /** Sizes of the parameters, tied ones counted once. */
  readonly sizes: number[];
  private readonly group: ParameterGroup;
  private readonly adam: Adam;
  private vector: Tensor1D;

  constructor(group: ParameterGroup) {
    this.group = group;
    this.name = group.name;
    this.variables = group.parameters.flat();
    this.sizes = group.parameters.map((parameter) => [parameter].flat()[0]!.size);
    this.vector = this.gather();
    this.adam = new Adam(this.vector);
  }

  /** One step of Adam; `gradients` in the order of `variables`, which stay the caller's. */
  step(gradients: readonly Tensor[], factor: number): void {
    const updated = tidy(() => {
      let next = 0;
      const own = this.group.parameters.map((parameter) => {
        const members = [parameter].flat().map(() => reshape(gradients[next++]!, [-1]));
        return members.length === 1 ? members[0]! : addN(members);
      });
      return this.adam.step(
        this.vector,
        (own.length === 1 ? own[0]! : concat(own)) as Tensor1D,
        this.group.learningRate * factor,
      );
    });
    this.vector.dispose();
    this.vector = updated;
    this.scatter();
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
    this.vector.dispose();
    this.vector = values.clone<Tensor1D>();
    this.adam.adopt(this.vector);
    this.scatter();
  }

  dispose(): void {
    this.vector.dispose();
    this.adam.dispose();
  }

  private gather(): Tensor1D {
    return tidy(() => concat(this.group.parameters.map((parameter) => reshape<Rank.R1>([parameter].flat()[0]!, [-1]))));
  }

  private scatter(): void {
    tidy(() => {
      const parts = this.sizes.length === 1 ? [this.vector] : split(this.vector, this.sizes);
      this.group.parameters.forEach((parameter, i) => {
        for (const variable of [parameter].flat()) variable.assign(reshape(parts[i]!, variable.shape));
      });
    });
  }
}
