/**
 * Checks what a model file says of its graph, before anything relies on it.
 */
import type { io } from '@tensorflow/tfjs-core';
import type { GraphDef, GraphNode } from './graphDef.js';
import { nodeName } from './graphDef.js';
import { inOrder } from './graphOrder.js';

/**
 * Checks that all nodes, of the graph, of its functions and of its initializer, are nodes, have names of their own, and
 * read what exists, not in a circle; and that signatures are signatures.
 *
 * @throws Error that names the node, function or entry.
 */
export function checkGraph(caller: string, artifacts: io.ModelArtifacts): void {
  const topology = artifacts.modelTopology as GraphDef;
  if (!isRecord((topology as { versions?: unknown }).versions))
    throw new TypeError(
      `${caller}: modelTopology.versions must be an object, got ` +
        `${shown((topology as { versions?: unknown }).versions)}; convert the model again with ` +
        'tensorflowjs_converter',
    );
  checkNodes(caller, 'the graph', topology.node);
  checkFunctions(caller, topology.library);
  const { modelInitializer, userDefinedMetadata, signature, initializerSignature } = artifacts as Record<
    string,
    unknown
  >;
  if (isRecord(modelInitializer) && modelInitializer['node'] != null)
    checkNodes(caller, 'modelInitializer', modelInitializer['node']);
  checkSignature(caller, 'signature', signature);
  checkSignature(
    caller,
    'userDefinedMetadata.signature',
    isRecord(userDefinedMetadata) ? userDefinedMetadata['signature'] : undefined,
  );
  checkSignature(caller, 'initializerSignature', initializerSignature);
}

function checkNodes(caller: string, where: string, nodes: unknown, given: Iterable<string> = []): void {
  if (!Array.isArray(nodes))
    throw new TypeError(`${caller}: the nodes of ${where} must be a list, got ${shown(nodes)}`);
  const names = new Set(given);
  nodes.forEach((node: unknown, i) => {
    const { name, op, input, attr } = isRecord(node) ? node : {};
    if (typeof name !== 'string' || name === '')
      throw new TypeError(
        `${caller}: node ${i} of ${where} must be an object with a name and an op, got ${shown(node)}`,
      );
    if (typeof op !== 'string' || op === '')
      throw new TypeError(`${caller}: node "${name}" of ${where} must have an op, got ${shown(op)}`);
    if (input != null && !(Array.isArray(input) && input.every((source) => typeof source === 'string')))
      throw new TypeError(
        `${caller}: the inputs of node "${name}" (${op}) must be a list of texts, got ${shown(input)}`,
      );
    if (attr != null && !isRecord(attr))
      throw new TypeError(`${caller}: the attributes of node "${name}" (${op}) must be an object, got ${shown(attr)}`);
    if (names.has(name))
      throw new Error(`${caller}: two nodes of ${where} are called "${name}"; give each a name of its own`);
    names.add(name);
  });
  for (const { name, op, input } of nodes as GraphNode[]) {
    let control = false;
    for (const source of input ?? []) {
      if (!names.has(nodeName(source)))
        throw new Error(
          `${caller}: the input "${source}" of node "${name}" (${op}) names no node of ${where}; the file is ` +
            'incomplete',
        );
      if (control && !source.startsWith('^'))
        throw new Error(
          `${caller}: the input "${source}" of node "${name}" (${op}) comes after control inputs, and tfjs ` +
            'would take the wrong one; put it before them',
        );
      control = source.startsWith('^');
    }
  }
  inOrder(caller, nodes as GraphNode[]);
}

function checkFunctions(caller: string, library: unknown): void {
  const functions = isRecord(library) ? (library['function'] ?? []) : (library ?? []);
  if (!Array.isArray(functions))
    throw new TypeError(`${caller}: library.function must be a list, got ${shown(functions)}`);
  functions.forEach((body: unknown, i) => {
    const { signature, nodeDef, ret } = isRecord(body) ? body : {};
    const { name, inputArg, outputArg } = isRecord(signature) ? signature : {};
    if (typeof name !== 'string')
      throw new TypeError(
        `${caller}: function ${i} of the graph's library must have a signature with a name, got ${shown(body)}`,
      );
    for (const [list, args] of Object.entries({ inputArg, outputArg })) {
      if (!isArgs(args))
        throw new TypeError(
          `${caller}: signature.${list} of the function "${name}" must be a list of objects with names, got ` +
            `${shown(args)}`,
        );
    }
    const missing = (outputArg as Arg[]).find((arg) => typeof (isRecord(ret) ? ret[arg.name] : undefined) !== 'string');
    if (missing !== undefined)
      throw new Error(`${caller}: the function "${name}" does not say in ret what its output "${missing.name}" is`);
    checkNodes(
      caller,
      `the function "${name}"`,
      nodeDef ?? [],
      (inputArg as Arg[]).map((arg) => nodeName(arg.name)),
    );
  });
}

interface Arg {
  name: string;
}

function isArgs(args: unknown): args is Arg[] {
  return Array.isArray(args) && args.every((arg) => isRecord(arg) && typeof arg['name'] === 'string');
}

function checkSignature(caller: string, where: string, signature: unknown): void {
  if (signature == null) return;
  for (const side of ['inputs', 'outputs']) {
    const entries = isRecord(signature) ? (signature[side] ?? {}) : signature;
    if (!isRecord(entries)) throw new TypeError(`${caller}: ${where}.${side} must be an object, got ${shown(entries)}`);
    for (const [key, entry] of Object.entries(entries)) {
      if (!isRecord(entry) || typeof (entry['name'] ?? '') !== 'string')
        throw new TypeError(
          `${caller}: ${where}.${side}.${key} must be an object with the name of a node, got ${shown(entry)}`,
        );
    }
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A value for messages. */
export function shown(value: unknown): string {
  let text: string;
  try {
    text = JSON.stringify(value) ?? typeof value;
  } catch {
    text = typeof value;
  }
  return text.length > 100 ? `${text.slice(0, 100)}…` : text;
}
