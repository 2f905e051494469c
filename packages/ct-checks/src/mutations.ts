/**
 * Damage, drawn from a seed: what files of our own are tried with.
 */

/** Uniform in [0, 1); the same for the same seed. */
export type RandomNumbers = () => number;

/** One damaged copy. */
export interface Mutation<T> {
  /** What was done to it. */
  title: string;
  value: T;
}

/** Random numbers of a seed (an additive counter through a mixing function of 32 bits). */
export function randomNumbers(seed: number): RandomNumbers {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x9e3779b9) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 16), 0x85ebca6b);
    mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
    return ((mixed ^ (mixed >>> 16)) >>> 0) / 2 ** 32;
  };
}

/** Cut short, lengthened, or with bytes that were flipped, zeroed or doubled. */
export function mutateBytes(bytes: Uint8Array, random: RandomNumbers): Mutation<Uint8Array<ArrayBuffer>> {
  const at = below(random, bytes.length);
  // A Node Buffer slices into views.
  const copy = Uint8Array.from(bytes);
  const length = 1 + below(random, Math.min(16, bytes.length - at));
  return pick(random, [
    () => ({ title: `cut after ${at} bytes`, value: copy.slice(0, at) }),
    () => ({ title: `followed by ${length} bytes`, value: concat(bytes, new Uint8Array(length)) }),
    () => ((copy[at] = copy[at]! ^ (1 << below(random, 8))), { title: `a bit of byte ${at} flipped`, value: copy }),
    () => ((copy[at] = copy[at]! ^ 0xff), { title: `byte ${at} inverted`, value: copy }),
    () => (
      copy.fill(copy[at] === 0 ? 0xff : 0, at, at + length),
      { title: `${length} bytes from ${at} wiped`, value: copy }
    ),
    () => ({ title: `${length} bytes from ${at} doubled`, value: concat(copy.slice(0, at + length), copy.slice(at)) }),
  ])();
}

const STRANGE: readonly unknown[] = [
  null,
  true,
  false,
  0,
  -1,
  1,
  7,
  0.5,
  1e300,
  -1e-300,
  2 ** 53,
  '',
  '0',
  'x',
  '__proto__',
  [],
  [null],
  {},
  { a: 1 },
];

/** Parsed JSON with one part removed, added, or replaced by something else. */
export function mutateJson(value: unknown, random: RandomNumbers): Mutation<unknown> {
  const paths = pathsOf(value);
  for (;;) {
    const path = paths[below(random, paths.length)]!;
    const replacement = STRANGE[below(random, STRANGE.length)];
    const where = path.join('.') || 'all of it';
    const mutation = pick<() => Mutation<unknown>>(random, [
      () => ({ title: `${where} is ${JSON.stringify(replacement)}`, value: changed(value, path, () => replacement) }),
      () => ({
        title: `${where} is another number or text`,
        value: changed(value, path, (part) => nudged(part, random)),
      }),
      () => ({ title: `${where} is missing`, value: without(value, path) }),
      () => ({
        title: `${where} has another field or entry`,
        value: changed(value, path, (part) => enlarged(part, replacement)),
      }),
    ])();
    if (JSON.stringify(mutation.value) !== JSON.stringify(value)) return mutation;
  }
}

/** A JSON file with damaged bytes (a share `ofBytes` of the times) or parts. */
export function mutateJsonFile(file: Uint8Array, random: RandomNumbers, ofBytes: number): Mutation<Uint8Array> {
  if (random() < ofBytes) return mutateBytes(file, random);
  const { title, value } = mutateJson(JSON.parse(new TextDecoder().decode(file)), random);
  return { title, value: new TextEncoder().encode(JSON.stringify(value)) };
}

/**
 * A `.safetensors` file with damaged bytes, header, metadata or JSON within the metadata.
 *
 * @param json The keys of the metadata whose values are JSON.
 */
export function mutateSafetensors(
  bytes: Uint8Array,
  json: readonly string[],
  random: RandomNumbers,
): Mutation<Uint8Array<ArrayBuffer>> {
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length))) as {
    __metadata__: Record<string, string>;
  };
  const body = bytes.slice(8 + length);
  const rejoined = (
    title: string,
    changedHeader: unknown,
    changedBody: Uint8Array = body,
  ): Mutation<Uint8Array<ArrayBuffer>> => {
    const text = new TextEncoder().encode(JSON.stringify(changedHeader));
    const size = new Uint8Array(8);
    new DataView(size.buffer).setBigUint64(0, BigInt(text.length), true);
    return { title, value: concat(size, text, changedBody) };
  };
  return pick<() => Mutation<Uint8Array<ArrayBuffer>>>(random, [
    () => mutateBytes(bytes, random),
    () => {
      const { title, value } = mutateBytes(body, random);
      return rejoined(`tensors: ${title}`, header, value);
    },
    () => {
      const { title, value } = mutateJson(header, random);
      return rejoined(`header: ${title}`, value);
    },
    ...json.map((key) => () => {
      const { title, value } = mutateJson(JSON.parse(header.__metadata__[key]!), random);
      return rejoined(`${key}: ${title}`, {
        ...header,
        __metadata__: { ...header.__metadata__, [key]: JSON.stringify(value) },
      });
    }),
  ])();
}

function below(random: RandomNumbers, bound: number): number {
  return Math.floor(random() * bound);
}

function pick<T>(random: RandomNumbers, choices: readonly T[]): T {
  return choices[below(random, choices.length)]!;
}

function concat(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function pathsOf(value: unknown, path: readonly string[] = []): (readonly string[])[] {
  if (typeof value !== 'object' || value === null) return [path];
  return [path, ...Object.entries(value).flatMap(([key, part]) => pathsOf(part, [...path, key]))];
}

function changed(value: unknown, [key, ...rest]: readonly string[], change: (part: unknown) => unknown): unknown {
  if (key === undefined) return change(value);
  const copy = structuredClone(value) as Record<string, unknown>;
  copy[key] = changed(copy[key], rest, change);
  return copy;
}

function without(value: unknown, path: readonly string[]): unknown {
  return changed(value, path.slice(0, -1), (part) => {
    if (Array.isArray(part)) return (part as unknown[]).filter((_, i) => String(i) !== path.at(-1));
    return Object.fromEntries(Object.entries(part ?? {}).filter(([key]) => key !== path.at(-1)));
  });
}

function enlarged(part: unknown, more: unknown): unknown {
  if (Array.isArray(part)) return [...(part as unknown[]), more];
  return typeof part === 'object' && part !== null ? { ...part, more } : part;
}

function nudged(part: unknown, random: RandomNumbers): unknown {
  if (typeof part === 'number') return pick(random, [part + 1, -part - 1, part * (1 + 1e-9) + 1e-12, String(part)]);
  return typeof part === 'string' ? pick(random, [`${part}x`, part.slice(1), part.toUpperCase()]) : part;
}
