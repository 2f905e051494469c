/**
 * The self-test of `ct-node doctor`, run in a process of its own with the folder of tfjs-node as argument: values and
 * gradients of the native kernels against float64, as one line of JSON.
 */
import { createRequire } from 'node:module';
import type { TensorflowBackend } from '../tensorflowBackend.js';

/** What the self-test found. */
export interface SelfTest {
  /** `fused`, or why the native kernels are not in use. */
  status: string;
  /**
   * Cases run, and the largest error |got − exact| / max(1, |exact|) among their values and gradients; of convolutions
   * / max(1, sum of the magnitudes).
   */
  cases: number;
  error: number;
  kernels?: { tensorflow: string; isa: string; cuda: string; library: string };
}

/** Runs the conformance table of the activation on tfjs-node, and convolutions where there are kernels for them. */
async function selfTest(folder: string): Promise<SelfTest> {
  createRequire(import.meta.url)(folder);
  const { backend, getBackend } = await import('@tensorflow/tfjs-core');
  const { ctuKernels } = await import('@curvature-tuning/activation');
  const { conformanceCases, measureConformance } = await import('@curvature-tuning/activation/conformance');
  const { nodeKernels } = await import('../nodeKernels.js');
  const { CONVOLUTION_CASES, measureConvolution } = await import('../convolutionCases.js');
  const status = ctuKernels()[getBackend()] ?? `tfjs runs on ${getBackend()}`;
  if (status !== 'fused') return { status, cases: 0, error: 0 };
  const errors: number[] = [];
  const cases = conformanceCases();
  for (const testCase of cases) errors.push(...(await measureConformance(testCase)).map(({ error }) => error));
  // A card has TensorFlow's own.
  const convolutions = (backend() as TensorflowBackend).isUsingGpuDevice ? [] : CONVOLUTION_CASES;
  for (const one of convolutions) errors.push(...Object.values(measureConvolution(one)));
  return { status, cases: cases.length + convolutions.length, error: Math.max(...errors), kernels: nodeKernels() };
}

console.log(`\n${JSON.stringify(await selfTest(process.argv[2]!))}`);
