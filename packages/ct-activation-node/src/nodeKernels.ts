/**
 * The fused kernels of tfjs-node, as native TensorFlow ops: `import '@curvature-tuning/activation-node'` after
 * `@tensorflow/tfjs-node` or `@tensorflow/tfjs-node-gpu`.
 *
 * The arithmetic is native/arithmetic.h. The library that `ct-node setup` built registers the ops with the TensorFlow
 * that tfjs-node loaded. Where it is missing nothing throws: `ctu` runs composed, and `ctuKernels()` says why.
 *
 * Errors against float64, relative to max(1, |exact|), are below 1e-6 over the conformance table.
 */
import type { CtuFormAttrs, CtuGradAttrs, CtuGradInputs, CtuInputs } from '@curvature-tuning/activation';
import { explainMissingCtuKernels, registerCtuKernels } from '@curvature-tuning/activation';
import type { KernelFunc } from '@tensorflow/tfjs-core';
import { engine } from '@tensorflow/tfjs-core';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { normalizeBatch, normalizeBatchGrad } from './normalizeKernels.js';
import { registerConvolutions } from './convolutionKernels.js';
import type { OpAttribute, TensorflowBackend } from './tensorflowBackend.js';
import { attributesOf, float32 } from './tensorflowBackend.js';
import { restoreNodeUtil } from './restoreNodeUtil.js';
import { registerReluGradients } from './reluGradients.js';
import { opLibraryPath } from './opLibrary.js';
import { whyNotSealed } from './sealedFolder.js';
import { adam, registerMaxPoolGradient } from './trainingKernels.js';

/** How the native kernels run in this process. */
export interface NodeKernels {
  /** Version of the TensorFlow that tfjs-node loaded. */
  tensorflow: string;
  /**
   * Instruction set of the CPU kernels, the best that the processor has; the environment variable `CT_NODE_ISA` names
   * another.
   */
  isa: 'avx512' | 'avx2' | 'baseline';
  /**
   * `ready` where the driver of an NVIDIA card is there, else what is missing. They have run on an
   * H100.
   */
  cuda: string;
  /** The library that holds the ops. */
  library: string;
}

/** The exports of native/tensorflow/nodeModule.cc. */
interface OpLibrary {
  isa(): NodeKernels['isa'];
  cudaProblem(): string | undefined;
}

const BACKEND = 'tensorflow';

/**
 * Says how the native kernels run.
 *
 *     nodeKernels();
 *     // {tensorflow: '2.15.1', isa: 'avx2', cuda: 'libcuda.so.1, …, is not there', library: '…/ctu.node'}
 *
 * @throws Error with the reason and the cure where they are not in use.
 */
export function nodeKernels(): NodeKernels {
  if (loaded.kernels === undefined) throw new Error(`nodeKernels: ${loaded.problem}`);
  return loaded.kernels;
}

const ctu: KernelFunc = ({ inputs, backend }) => {
  const { x, beta, coeff } = inputs as CtuInputs;
  return (backend as TensorflowBackend).executeSingleOutput('Ctu', [], float32([x, beta, coeff]));
};

const ctuGrad: KernelFunc = ({ inputs, backend, attrs }) => {
  const { dy, x, beta, coeff } = inputs as CtuGradInputs;
  const all = (attrs as CtuGradAttrs).wrt === 'all';
  const tensorflow = backend as TensorflowBackend;
  return all
    ? tensorflow.executeMultipleOutputs('CtuGrad', [], float32([dy, x, beta, coeff]), 3)
    : [tensorflow.executeSingleOutput('CtuGradX', [], float32([dy, x, beta, coeff]))];
};

const ctuForm: KernelFunc = ({ inputs, backend, attrs }) => {
  const { x, beta, coeff } = inputs as CtuInputs;
  const tensorflow = backend as TensorflowBackend;
  return tensorflow.executeSingleOutput('CtuForm', formOf(tensorflow, attrs), float32([x, beta, coeff]));
};

const ctuFormGrad: KernelFunc = ({ inputs, backend, attrs }) => {
  const { dy, x, beta, coeff } = inputs as CtuGradInputs;
  const tensorflow = backend as TensorflowBackend;
  const [form, given] = [formOf(tensorflow, attrs), float32([dy, x, beta, coeff])];
  return (attrs as CtuFormAttrs).wrt === 'all'
    ? tensorflow.executeMultipleOutputs('CtuFormGrad', form, given, 3)
    : [tensorflow.executeSingleOutput('CtuFormGradX', form, given)];
};

function formOf(tensorflow: TensorflowBackend, attrs: unknown): OpAttribute[] {
  const { maxValue, alpha } = attrs as CtuFormAttrs;
  const { float } = attributesOf(tensorflow);
  return [float('maxValue', maxValue), float('alpha', alpha)];
}

function load(): { kernels: NodeKernels; problem?: never } | { kernels?: never; problem: string } {
  restoreNodeUtil();
  if (engine().registryFactory[BACKEND] === undefined) {
    return {
      problem:
        `there is no backend "${BACKEND}"; import @tensorflow/tfjs-node before ` + '@curvature-tuning/activation-node',
    };
  }
  registerReluGradients();
  const backend = engine().findBackend(BACKEND) as TensorflowBackend;
  const { binding } = backend;
  const library = opLibraryPath(binding.TF_Version);
  if (!existsSync(library)) {
    return { problem: `the native op is not built for TensorFlow ${binding.TF_Version}; run npx ct-node setup` };
  }
  const reason = whyNotSealed(dirname(library));
  if (reason !== undefined) return { problem: `the native op is not loaded, because ${reason}; run npx ct-node setup` };
  let module: OpLibrary;
  try {
    module = createRequire(import.meta.url)(library) as OpLibrary;
  } catch (error) {
    return { problem: `the native op does not load (${(error as Error).message}); run npx ct-node setup --rebuild` };
  }
  const kernels = { ctu, ctuGrad, ctuForm, ctuFormGrad, normalizeBatch, normalizeBatchGrad };
  registerCtuKernels(BACKEND, backend.isUsingGpuDevice ? kernels : { ...kernels, adam });
  if (!backend.isUsingGpuDevice) {
    registerMaxPoolGradient(BACKEND);
    registerConvolutions(BACKEND);
  }
  return {
    kernels: { tensorflow: binding.TF_Version, isa: module.isa(), cuda: module.cudaProblem() ?? 'ready', library },
  };
}

const loaded = load();
if (loaded.problem !== undefined) explainMissingCtuKernels(BACKEND, loaded.problem);
