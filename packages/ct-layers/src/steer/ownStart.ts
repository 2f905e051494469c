/**
 * The network before it is steered: what every beta has to better, and what it can be set back to.
 */
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { Validated } from '../model/adapted.js';
import { supersedes } from '../model/adapted.js';
import type { ProbeRun } from '../probe/probeRun.js';
import type { OwnCurvature } from './ownCurvature.js';
import { ownCurvature } from './ownCurvature.js';
import type { FittedState } from './steerTrials.js';
import { disposeState } from './steerTrials.js';

/** A state of the network at its own curvature, with the head that was fitted to it. */
interface OwnState extends FittedState, Validated {
  state: 'given' | 'calibrated';
}

/** The validated own start of a network. Whoever made it calls `dispose`. */
export class OwnStart {
  readonly given: Validated;
  /** Undefined where nothing is calibrated. */
  readonly calibrated: Validated | undefined;
  private readonly states: readonly OwnState[];
  /** How many validate. */
  private readonly examples: number;
  readonly curvature: OwnCurvature;

  private constructor(states: readonly OwnState[], curvature: OwnCurvature, examples: number) {
    this.states = states;
    this.examples = examples;
    this.curvature = curvature;
    [this.given, this.calibrated] = states.map(({ validationAccuracy, validationLoss }) => ({
      validationAccuracy,
      validationLoss,
    })) as [Validated, Validated?];
  }

  /**
   * Fits heads to the network as it is, and once more after its calibration, which stays.
   *
   * @param model The network, with CT layers, that the run is over.
   */
  static async validate(run: ProbeRun, model: LayersModel, calibrate: boolean): Promise<OwnStart> {
    const states: OwnState[] = [];
    try {
      states.push(await fitState(run, 'given'));
      if (calibrate) {
        await run.calibrate();
        states.push(await fitState(run, 'calibrated'));
      }
    } catch (error) {
      states.forEach(disposeState);
      throw error;
    }
    return new OwnStart(states, await ownCurvature(model), run.passes.validation);
  }

  /** The state that was given, unless the calibrated one supersedes it. */
  get best(): OwnState {
    return this.states.reduce((best, state) => (supersedes(state, best, this.examples) ? state : best));
  }

  /** Gives the network its own curvature, and the statistics of the best state. */
  restore(run: ProbeRun): void {
    this.curvature.restore();
    run.setStatistics(this.best.statistics);
  }

  /** Gives the network the statistics that it was left with, of which steering changes those behind curvature alone. */
  setStatistics(run: ProbeRun): void {
    run.setStatistics(this.states.at(-1)!.statistics);
  }

  dispose(): void {
    this.states.forEach(disposeState);
    this.curvature.dispose();
  }
}

async function fitState(run: ProbeRun, state: OwnState['state']): Promise<OwnState> {
  const sets = await run.extract();
  const fitted = await run.fit([sets]).finally(() => sets.forEach(({ features }) => features.dispose()));
  const { weights, validationAccuracy, validationLoss } = fitted[0]!;
  return { state, weights, validationAccuracy, validationLoss, statistics: run.statistics() };
}
