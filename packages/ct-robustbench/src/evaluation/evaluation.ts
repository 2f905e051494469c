/**
 * The loop of an evaluation: clean accuracy, then attack after attack, batch after batch, on the survivors.
 */
import type { Progress } from '@curvature-tuning/checks';
import { secondsLeft } from '@curvature-tuning/checks';
import type { AttackBatch, Threat } from '../attacks/attackBatch.js';
import { gather } from '../attacks/attackBatch.js';
import type { ReadImages } from '../data/readImages.js';
import type { AttackedModel } from '../model/attackedModel.js';
import { checkFiniteLogits } from '../model/finiteLogits.js';
import { predictedClass } from '../model/losses.js';
import type { Audit } from './audit.js';
import { auditExample } from './audit.js';
import { runAttack } from './runAttack.js';
import type { RunState, StateStore } from './runState.js';
import type { AttackName, AttackPlan } from './versions.js';
import type { WarningList } from './warning.js';

/**
 * How far a run is: `done` and `total` count images times attacks, those included that were fooled before; the images
 * as they are count as one attack, the first.
 */
export interface AttackProgress extends Progress {
  /** The attack that runs. */
  readonly phase: AttackName | 'clean';
  /** Attacks done, and attacks in all, `'clean'` left out. */
  readonly attacksDone: number;
  readonly attacks: number;
  /** Images that this attack has been run on, and will be run on. */
  readonly imagesDone: number;
  readonly images: number;
  /** Share of all images that is still classified correctly. */
  readonly robustAccuracy: number;
}

/** What is attacked. */
export interface Subject {
  readonly attacked: AttackedModel;
  readonly read: ReadImages;
  /** The class of each image. */
  readonly labels: Int32Array;
}

/** How it is attacked. */
export interface Method {
  readonly plan: AttackPlan;
  readonly threat: Threat;
  readonly batchSize: number;
  readonly stopEarly: boolean;
}

/** What has been found. */
export interface Findings {
  readonly state: RunState;
  readonly warnings: WarningList;
  readonly audit: Audit;
}

/** Who is told of it. */
export interface Listeners {
  readonly log: (line: string) => void;
  readonly store: StateStore | undefined;
  readonly onProgress: ((progress: AttackProgress) => void) | undefined;
}

/** How long a run may be silent, in ms. */
const SILENCE = 250;

/** One evaluation, from where its state says that it is to its end. */
export class Evaluation {
  private readonly subject: Subject;
  private readonly method: Method;
  private readonly findings: Findings;
  private readonly listeners: Listeners;
  /** Where the pace of attacks is measured from. */
  private begun = performance.now();
  /** Images times attacks, done in this run. */
  private doneHere = 0;
  /** What is being done, of which `beat` tells. */
  private moment: { phase: AttackProgress['phase']; imagesDone: number; images: number };
  private lastReport = 0;

  constructor(subject: Subject, method: Method, findings: Findings, listeners: Listeners) {
    this.subject = subject;
    this.method = method;
    this.findings = findings;
    this.listeners = listeners;
    this.moment = { phase: 'clean', imagesDone: 0, images: subject.read.count };
  }

  /** Tells that the run goes on, unless it told something just before. */
  beat(): void {
    if (performance.now() - this.lastReport >= SILENCE) this.report();
  }

  /** The images that the checks look at. */
  firstBatch(): AttackBatch {
    const { read } = this.subject;
    const { batchSize } = this.method;
    const whole = Int32Array.from({ length: read.count }, (_, row) => row).filter((row) => !read.broken.includes(row));
    return this.batch(whole.subarray(0, batchSize));
  }

  /** Runs what the state says is still to be done. */
  async run(): Promise<void> {
    const { state } = this.findings;
    const { plan } = this.method;
    if (state.accuracyAfter.clean === undefined) await this.classify();
    this.begun = performance.now();
    this.recountExamples();
    for (const attack of plan.attacks) {
      if (!state.attacksDone.includes(attack)) await this.attack(attack);
    }
    // Of a run that was done already there was nothing to tell.
    if (this.lastReport === 0) this.report({ phase: plan.attacks.at(-1)!, imagesDone: 0, images: 0 });
  }

  private async classify(): Promise<void> {
    const { attacked, read } = this.subject;
    const { state } = this.findings;
    const { batchSize } = this.method;
    const broken = new Set(read.broken);
    const whole = Int32Array.from({ length: read.count }, (_, row) => row).filter((row) => !broken.has(row));
    this.report();
    for (let first = 0; first < whole.length; first += batchSize) {
      const { images, labels, ids, count } = this.batch(whole.subarray(first, first + batchSize));
      const logits = await attacked.logits(images, count);
      checkFiniteLogits('autoAttack', logits, count, (row) => ids[row]!);
      const { data, classes } = logits;
      ids.forEach((row, i) => {
        const predicted = predictedClass(data, i * classes, classes);
        state.predictions[row] = predicted;
        state.robust[row] = predicted === labels[i] ? 1 : 0;
      });
      const imagesDone = Math.min(first + batchSize, whole.length);
      this.report({ phase: 'clean', imagesDone: imagesDone + broken.size, images: read.count });
    }
    state.accuracyAfter.clean = this.accuracy();
    this.listeners.log(`clean accuracy: ${(100 * this.accuracy()).toFixed(2)} %`);
    await this.save();
  }

  private async attack(name: AttackName): Promise<void> {
    const { state } = this.findings;
    const { batchSize } = this.method;
    const { log } = this.listeners;
    const begin = performance.now();
    const before = state.seconds[name] ?? 0;
    if (!state.pending.includes(1)) state.pending.set(state.robust);
    const total = state.pending.reduce((sum, flag) => sum + flag, 0);
    let done = 0;
    this.report({ phase: name, imagesDone: 0, images: total });
    while (state.pending.includes(1)) {
      const rows = Int32Array.from(state.pending.keys())
        .filter((row) => state.pending[row] === 1)
        .subarray(0, batchSize);
      const fooled = await this.attackBatch(name, this.batch(rows));
      rows.forEach((row) => (state.pending[row] = 0));
      done += rows.length;
      this.doneHere += rows.length;
      state.seconds[name] = before + (performance.now() - begin) / 1000;
      log(`${name}: ${fooled} of ${rows.length} images fooled`);
      this.report({ phase: name, imagesDone: done, images: total });
      if (state.pending.includes(1)) await this.save();
    }
    state.attacksDone.push(name);
    state.accuracyAfter[name] = this.accuracy();
    state.seconds[name] ??= 0;
    log(`robust accuracy after ${name}: ${(100 * this.accuracy()).toFixed(2)} % (${state.seconds[name].toFixed(1)} s)`);
    await this.save();
  }

  private report(moment = this.moment): void {
    this.moment = moment;
    this.lastReport = performance.now();
    const { phase, imagesDone, images } = moment;
    const { state } = this.findings;
    const attacks = this.method.plan.attacks.length;
    const [count, attacksDone] = [state.robust.length, state.attacksDone.length];
    const before = phase === 'clean' ? 0 : (attacksDone + 1) * count;
    const total = (attacks + 1) * count;
    const done = Math.min(before + count - images + imagesDone, total);
    const seconds = (performance.now() - this.begun) / 1000;
    const left = phase === 'clean' ? null : secondsLeft(seconds, this.doneHere, this.doneHere + total - done);
    this.listeners.onProgress?.({
      phase,
      done,
      total,
      secondsLeft: done === total ? 0 : left,
      attacksDone,
      attacks,
      imagesDone,
      images,
      robustAccuracy: this.accuracy(),
    });
  }

  private async attackBatch(name: AttackName, batch: AttackBatch): Promise<number> {
    const { attacked } = this.subject;
    const { plan, stopEarly, threat } = this.method;
    const { state, warnings } = this.findings;
    const { size } = attacked;
    const context = { ...threat, model: attacked, stopEarly, warn: warnings.add.bind(warnings) };
    const outcome = await runAttack(name, context, batch, plan.settings);
    const claimed = Int32Array.from(outcome.fooled.keys()).filter((i) => outcome.fooled[i] === 1);
    // What counts is what the model says about the example now, as in the original: matters for randomised models.
    const { data, classes } = await attacked.logits(gather(outcome.adversarial, claimed, size), claimed.length);
    let fooled = 0;
    claimed.forEach((i, k) => {
      const row = batch.ids[i]!;
      const predicted = predictedClass(data, k * classes, classes);
      if (predicted === batch.labels[i]) return;
      if (predicted < 0)
        warnings.add('non-finite', 'some logits near an image are NaN; it counts as misclassified there');
      const example = outcome.adversarial.subarray(i * size, (i + 1) * size);
      if (!this.legal(row, example)) return;
      fooled++;
      state.adversarial.set(example, row * size);
      state.robust[row] = 0;
      state.fooledBy[row] = plan.attacks.indexOf(name);
      state.predictions[row] = predicted;
    });
    return fooled;
  }

  private legal(row: number, example: Float32Array): boolean {
    const { read } = this.subject;
    const { audit, warnings } = this.findings;
    const clean = read.data.subarray(row * read.size, (row + 1) * read.size);
    const legal = auditExample(audit, this.method.threat.norm, { clean, adversarial: example, image: row });
    if (!legal)
      warnings.add(
        'audit',
        `an adversarial example lay outside the ball or the pixel range and was discarded: image ${row}`,
      );
    return legal;
  }

  /** Examples of a resumed run go through the audit as well. */
  private recountExamples(): void {
    const { state } = this.findings;
    const { read } = this.subject;
    state.fooledBy.forEach((place, row) => {
      if (place >= 0) this.legal(row, state.adversarial.subarray(row * read.size, (row + 1) * read.size));
    });
  }

  private batch(rows: Int32Array): AttackBatch {
    const { read, labels } = this.subject;
    return {
      images: gather(read.data, rows, read.size),
      labels: rows.map((row) => labels[row]!),
      ids: rows.slice(),
      count: rows.length,
    };
  }

  private accuracy(): number {
    const { robust } = this.findings.state;
    return robust.reduce((sum, flag) => sum + flag, 0) / robust.length;
  }

  private async save(): Promise<void> {
    const { store } = this.listeners;
    const { state } = this.findings;
    const stored = await store?.read();
    // Another run of the same evaluation, at once, may be further.
    if (stored !== undefined && state.isBehind(stored)) return;
    await store?.write(state.serialize());
  }
}
