/**
 * Puts Curvature Tuning into a GraphModel: `replaceGraphActivations`.
 *
 * tfjs cannot build or train a GraphModel, but it can load one from any topology: the nodes of the activations become
 * nodes of an op of ours, and the weights are loaded as they are.
 */
import type { Entries } from '@curvature-tuning/checks';
import { check, options, without } from '@curvature-tuning/checks';
import type { Shape } from '@tensorflow/tfjs-layers';
import { Selector } from '../../unit/activationSite.js';
import type { CTActivation } from '../../unit/ctActivation.js';
import { startOf } from '../../unit/activationKind.js';
import { originOf } from '../../unit/siteOrigin.js';
import type { ReplaceActivationsOptions } from '../../surgery/replaceActivations.js';
import { replaceActivationsOptionEntries } from '../../surgery/replaceActivations.js';
import type { RewriteOptions } from '../../surgery/rewriteConfig.js';
import { buildUnit } from './buildUnit.js';
import { GraphConstants } from './graphConstants.js';
import { GraphIndex } from '../read/graphDef.js';
import type { GraphNode } from '../read/graphDef.js';
import { GraphFacts } from '../read/graphFacts.js';
import { findValues } from '../read/graphShapes.js';
import type { GraphSite } from './graphSites.js';
import { selectActivations } from './graphSites.js';
import type { GraphSource } from '../read/graphSource.js';
import { graphSource, loadArtifacts } from '../read/graphSource.js';
import { GraphWeights } from '../read/graphWeights.js';
import { normalizationNodes } from './graphNormalizations.js';
import { rewriteNodes } from './rewriteGraph.js';
import type { SteerableGraphModel } from './steeredGraph.js';
import { steerable, SteeredGraph, unitNode, withNormalizations } from './steeredGraph.js';
import { outputNames, withNodes, zeroConstants } from './withNodes.js';

/** The options of `replaceActivations` that graphs have too. */
export type ReplaceGraphActivationsOptions = Omit<ReplaceActivationsOptions, 'calls' | 'protocol'>;

export const replaceGraphActivationsArguments: Entries<{
  source: GraphSource;
  options: ReplaceGraphActivationsOptions;
}> = {
  source: graphSource,
  options: options<ReplaceGraphActivationsOptions>(without(replaceActivationsOptionEntries, 'calls', 'protocol')),
};

/**
 * Loads a GraphModel and makes its ReLUs Curvature Tuning activations.
 *
 *     const { model, setBeta } = await replaceGraphActivations('https://example.org/mobilenet/model.json');
 *
 * Replaced are nodes `Relu`, `Relu6`, `LeakyRelu`, on request x·sigmoid(x) (`kinds: ['silu']`), and these activations
 * fused into `_FusedConv2D`, `FusedDepthwiseConv2dNative` and `_FusedMatMul`; `ActivationKind` has the table. Every
 * node keeps its name. Fused nodes are taken apart or, convolutions, become nodes of ours, for tfjs' fused gradients
 * compute filter gradients that nobody wants: `tf.variableGrads` through `model.execute` then reaches the weights of
 * the CT layers. Units start where they are the original, unless `beta` and `coeff` say otherwise: outputs then equal
 * its to 2e-6 of the largest in a MobileNetV2 (a fused node rounds otherwise than its parts). Zero padding between a
 * replaced activation and a max-pool becomes padding that the pool ignores. Control flow, its functions and unknown ops
 * stay as they are.
 *
 * Shapes of the sites come from the attribute `_output_shapes`, else from one run of the model on zeros, else (where
 * the model's inputs have no fixed shape, or behind control flow) the channels from the filters.
 *
 * @param source A URL, an IO handler, or model artifacts.
 * @throws RangeError when beta or coeff lies outside [0, 1], or an option has an unknown value.
 * @throws Error when nothing matches, when a named node does not exist, when a matching activation cannot be replaced,
 *   when kinds has `gelu` (graphs hold it as several nodes, which are not recognised), or when one value per channel is
 *   asked for and a site's channels are not known or not its last axis; and, by the name of the node, attribute, weight
 *   or function, when a graph is malformed. Nothing stays behind then.
 * Source: arXiv 2502.07783, section 3.2 (the paper replaces every ReLU module).
 */
export async function replaceGraphActivations(
  source: GraphSource,
  options: ReplaceGraphActivationsOptions = {},
): Promise<SteerableGraphModel> {
  const settings = checked(source, options);
  const selector = new Selector(CALLER, options);
  const artifacts = await loadArtifacts(CALLER, source);
  const weights = new GraphWeights(CALLER, artifacts.weightSpecs, artifacts.weightData);
  const graph = artifacts.modelTopology;
  const index = new GraphIndex(graph.node);
  checkConstants(index, weights);
  const facts = new GraphFacts(index, weights);
  const { selected, leftAlone, obstacle } = selectActivations(graph, index, {
    selector,
    sharing: settings.sharing,
    named: options.include !== undefined,
    valuesOf: (nodes) => findValues(artifacts, index, facts, nodes),
  });
  const names = new Set(index.nodes.keys());
  const constants = new GraphConstants(names);
  const rewrite = (unit: (site: GraphSite, input: string) => GraphNode[]): GraphNode[] =>
    rewriteNodes({
      index,
      sites: selected,
      constants,
      outputs: outputNames(artifacts),
      names,
      fused: 'own',
      isZero: zeroConstants(weights),
      unit,
    });
  const positions = new Map(selected.map((site, i) => [site, i]));
  selected.forEach((site) => checkChannels(site, settings, obstacle));
  const activations = new Map<string, CTActivation>();
  let model: SteeredGraph;
  try {
    for (const site of selected) {
      const unit = unitOf(site, settings);
      activations.set(site.site.layer, unit);
    }
    model = SteeredGraph.create(
      artifacts,
      (id) =>
        withNodes(
          artifacts,
          withNormalizations(
            id,
            rewrite((site, input) => [unitNode(id, positions.get(site)!, site.node.name, input)]),
            normalizationNodes(graph, weights),
          ),
          constants,
        ),
      activations,
    );
  } catch (error) {
    activations.forEach((unit) => unit.dispose());
    throw error;
  }
  return steerable(model, {
    sites: selected.map(({ site }) => site),
    names: new Map(graph.node.map(({ name }) => [name, name])),
    leftAlone,
  });
}

const CALLER = 'replaceGraphActivations';

type Settings = Pick<RewriteOptions, 'beta' | 'coeff' | 'sharing' | 'trainable' | 'slope' | 'affine'>;

function checked(source: GraphSource, options: ReplaceActivationsOptions): Settings {
  for (const name of ['calls', 'protocol'] as const) {
    if (options?.[name] !== undefined)
      throw new Error(
        `${CALLER}: ${name} has no meaning for a graph, ` +
          `${name === 'calls' ? 'where every activation is a node of its own' : 'which knows no rows of Swin'}; ` +
          'leave it out',
      );
  }
  check(CALLER, replaceGraphActivationsArguments, { source, options });
  if (options.kinds?.includes('gelu'))
    throw new Error(
      `${CALLER}: a GELU in a graph is several nodes (Erf or Tanh, Mul, Add), which are not recognised; ` +
        `leave 'gelu' out of kinds, or convert the model to a LayersModel`,
    );
  const { beta, coeff, sharing = 'model', trainable = false, slope = false, affine = false } = options;
  return { beta, coeff, sharing, trainable, slope, affine };
}

/**
 * A constant lies among the weights, else tfjs would ask for it as an input when the graph is run; and no other node
 * does.
 */
function checkConstants(index: GraphIndex, weights: GraphWeights): void {
  for (const { name, op } of index.nodes.values()) {
    const isWeight = weights.specs.has(name);
    if (isWeight && op !== 'Const')
      throw new Error(
        `${CALLER}: the weight "${name}" belongs to a node of that name whose op is ${op}, and only constants ` +
          'have weights; convert the model again',
      );
    const [consumer] = op === 'Const' && !isWeight ? index.consumers(name) : [];
    if (consumer !== undefined)
      throw new Error(
        `${CALLER}: the constant "${name}", which "${consumer.name}" reads, is not among the weights; load ` +
          'the model with all its weights',
      );
  }
}

function checkChannels(
  { channelsFirst, site }: GraphSite,
  { sharing, slope, affine }: Settings,
  obstacle: string | undefined,
): void {
  const wish = sharing === 'channel' ? "sharing: 'channel'" : slope ? 'slope' : affine ? 'affine' : undefined;
  if (wish === undefined) return;
  if (channelsFirst)
    throw new Error(
      `${CALLER}: ${wish} takes the last axis for the channels, but "${site.source}" has them first; ` +
        'exclude it, or convert the model with data in NHWC',
    );
  if (site.channels === null) {
    throw new Error(
      `${CALLER}: ${wish} needs the number of channels of "${site.source}", which is not ` +
        `known${obstacle === undefined ? '' : `: it was not run on zeros, because ${obstacle}`}; exclude it, ` +
        `or use sharing: 'site'`,
    );
  }
}

function unitOf({ site, unit }: GraphSite, { sharing, trainable, slope, affine, ...asked }: Settings): CTActivation {
  // Weights of a single axis fit values of any rank.
  const shape: Shape = site.shape.length > 0 ? site.shape : [null, site.channels];
  const sharedAxes = shape.map((_, axis) => axis).slice(1, sharing === 'channel' ? -1 : undefined);
  return buildUnit(CALLER, site.layer, shape, {
    trainable,
    ...startOf(site.kind, asked),
    sharedAxes,
    siteOrigin: originOf(site, sharing),
    ...unit,
    ...(slope && { trainableAlpha: true }),
    ...(affine && { affine: true }),
  });
}
