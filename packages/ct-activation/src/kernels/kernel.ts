/**
 * The contract between `ctu` and a fused kernel: names, inputs, outputs, and how a backend joins.
 *
 * `Ctu`:     {x, beta, coeff}     -> y, shaped like x
 * `CtuGrad`: {dy, x, beta, coeff} -> [dx] with attribute `wrt: 'x'`,
 *                                    [dx, dbeta, dcoeff] with `wrt: 'all'`;
 *                                    dbeta is shaped like beta, dcoeff like coeff
 * `CtuForm`, `CtuFormGrad`: the same of a clipped or leaky unit, with attributes `maxValue` and `alpha`, see
 *                                    `UnitForm`; where a backend has none, forms are composed of phi
 *
 * All tensors are float32 and x may have any rank and no elements. The shape of beta and of coeff is a suffix of
 * x's shape (`[]`, `[channels]`, ... up to x's own), each for itself, so that element i of x belongs to element
 * i mod size(beta) of beta. `ctu` brings every other broadcast to this form. Neither kernel needs a registered
 * gradient: `ctu` runs the first under `tf.customGrad`, and takes the composed form for second derivatives.
 */
import type { KernelFunc, NamedAttrMap, NamedTensorInfoMap, TensorInfo } from '@tensorflow/tfjs-core';
import { engine, getKernel, registerKernel } from '@tensorflow/tfjs-core';
import type { UnitForm } from '../unitForm.js';
import { PLAIN } from '../unitForm.js';
import { ADAM } from './adamKernel.js';
import { CROSS_ENTROPY, CROSS_ENTROPY_GRAD } from './crossEntropyKernel.js';
import { NORMALIZE_BATCH, NORMALIZE_BATCH_GRAD } from './normalizeKernel.js';
import { CTU_PAIR, CTU_PAIR_GRAD } from './pairKernel.js';

/** Name of the forward kernel. */
export const CTU = 'Ctu';

/** Name of the backward kernel. */
export const CTU_GRAD = 'CtuGrad';

/** Name of the forward kernel of clipped and leaky units. */
export const CTU_FORM = 'CtuForm';

/** Name of its backward kernel. */
export const CTU_FORM_GRAD = 'CtuFormGrad';

/** Inputs of the forward kernel. */
export interface CtuInputs extends NamedTensorInfoMap {
  x: TensorInfo;
  beta: TensorInfo;
  coeff: TensorInfo;
}

/** Inputs of the backward kernel. */
export interface CtuGradInputs extends CtuInputs {
  dy: TensorInfo;
}

/** Attributes of the backward kernel: dx alone, or all three derivatives in one pass. */
export interface CtuGradAttrs extends NamedAttrMap {
  wrt: 'x' | 'all';
}

/** Attributes of the kernels of forms; `wrt` is the backward kernel's. */
export interface CtuFormAttrs extends NamedAttrMap, UnitForm {
  wrt: 'x' | 'all';
}

/**
 * The kernels of a backend: `ctu` and `ctuGrad`, and maybe those of forms, of normalizeKernel.ts, pairKernel.ts and
 * crossEntropyKernel.ts, each in twos, and that of adamKernel.ts.
 */
export interface CtuKernels {
  ctu: KernelFunc;
  ctuGrad: KernelFunc;
  ctuForm?: KernelFunc | undefined;
  ctuFormGrad?: KernelFunc | undefined;
  normalizeBatch?: KernelFunc | undefined;
  normalizeBatchGrad?: KernelFunc | undefined;
  ctuPair?: KernelFunc | undefined;
  ctuPairGrad?: KernelFunc | undefined;
  crossEntropy?: KernelFunc | undefined;
  crossEntropyGrad?: KernelFunc | undefined;
  adam?: KernelFunc | undefined;
}

/**
 * Makes a backend's fused kernels known to `ctu`, to `normalizeBatch`, and to training.
 *
 * May be called again for the same backend; the first registration stays.
 *
 * @throws TypeError on what is no name or no kernel.
 */
export function registerCtuKernels(backendName: string, kernels: CtuKernels): void {
  checkText('registerCtuKernels', 'backendName', backendName);
  const given = (kernels as Partial<CtuKernels> | null | undefined) ?? {};
  const isGiven = (together: object): boolean =>
    Object.keys(together).some((name) => given[name as keyof CtuKernels] !== undefined);
  const more = [FORM_KERNELS, NORMALIZE_KERNELS, PAIR_KERNELS, LOSS_KERNELS, { adam: ADAM }].filter(isGiven);
  const names: Partial<Record<keyof CtuKernels, string>> = Object.fromEntries(
    [{ ctu: CTU, ctuGrad: CTU_GRAD }, ...more].flatMap((together) => Object.entries(together)),
  );
  for (const name of Object.keys(names) as (keyof CtuKernels)[]) {
    const kernel: unknown = given[name];
    if (typeof kernel !== 'function')
      throw new TypeError(`registerCtuKernels: kernels.${name} must be a function, got ${typeof kernel}`);
  }
  if (hasCtuKernels(backendName)) return;
  for (const [name, kernelName] of Object.entries(names))
    registerKernel({ kernelName, backendName, kernelFunc: given[name as keyof CtuKernels]! });
}

/** The kernels of forms, and those of phi itself, which they have as one form. */
export function kernelsOfForms(ctuForm: KernelFunc, ctuFormGrad: KernelFunc): CtuKernels {
  const plain =
    (kernel: KernelFunc): KernelFunc =>
    ({ attrs, ...rest }) =>
      kernel({ ...rest, attrs: { ...attrs, ...PLAIN } });
  return { ctu: plain(ctuForm), ctuGrad: plain(ctuFormGrad), ctuForm, ctuFormGrad };
}

const FORM_KERNELS = { ctuForm: CTU_FORM, ctuFormGrad: CTU_FORM_GRAD };
const PAIR_KERNELS = { ctuPair: CTU_PAIR, ctuPairGrad: CTU_PAIR_GRAD };
const LOSS_KERNELS = { crossEntropy: CROSS_ENTROPY, crossEntropyGrad: CROSS_ENTROPY_GRAD };
const NORMALIZE_KERNELS = { normalizeBatch: NORMALIZE_BATCH, normalizeBatchGrad: NORMALIZE_BATCH_GRAD };

/** Whether both fused kernels are registered for a backend. */
export function hasCtuKernels(backendName: string): boolean {
  return getKernel(CTU, backendName) !== undefined && getKernel(CTU_GRAD, backendName) !== undefined;
}

/** Whether both kernels of forms are registered for a backend. */
export function hasCtuFormKernels(backendName: string): boolean {
  return getKernel(CTU_FORM, backendName) !== undefined && getKernel(CTU_FORM_GRAD, backendName) !== undefined;
}

// On globalThis, as tfjs' registry of kernels: the ES modules and the CommonJS build may both be loaded.
const REASONS: unique symbol = Symbol.for('@curvature-tuning/activation/reasons');
const reasons = ((globalThis as { [REASONS]?: Map<string, string> })[REASONS] ??= new Map<string, string>());

/**
 * Says why a backend whose kernels were asked for does not get them; `ctuKernels` passes it on.
 *
 * For kernel entries that need something which may be missing, such as a native library. `reason` is one line and
 * names the cure. It is forgotten when kernels are registered for the backend after all.
 */
export function explainMissingCtuKernels(backendName: string, reason: string): void {
  checkText('explainMissingCtuKernels', 'backendName', backendName);
  checkText('explainMissingCtuKernels', 'reason', reason);
  reasons.set(backendName, reason);
}

// By hand: the schemas of other packages weigh more than a kernel entry may.
function checkText(caller: string, name: string, value: unknown): void {
  if (typeof value !== 'string' || value === '')
    throw new TypeError(
      `${caller}: ${name} must be a text that is not empty, got ` +
        `${value === '' ? '""' : value === null ? 'null' : typeof value}`,
    );
}

/** How `ctu` runs on a backend, with the reason where fused kernels were asked for and are missing. */
export type CtuKernelStatus = 'fused' | 'composed' | `composed: ${string}`;

/**
 * Says for every tfjs backend whether `ctu` runs as a fused kernel or composed of stock ops.
 *
 *     ctuKernels()   // {cpu: 'fused', wasm: 'composed', tensorflow: 'composed: the native op is not built; run …'}
 *
 * A reason follows `composed` where an entry was imported and could not register its kernels; such a backend is listed
 * even if it is not registered itself.
 */
export function ctuKernels(): Record<string, CtuKernelStatus> {
  const names = new Set([...engine().backendNames(), ...reasons.keys()]);
  return Object.fromEntries([...names].map((name) => [name, statusOf(name)]));
}

function statusOf(backendName: string): CtuKernelStatus {
  if (hasCtuKernels(backendName)) return 'fused';
  const reason = reasons.get(backendName);
  return reason === undefined ? 'composed' : `composed: ${reason}`;
}
