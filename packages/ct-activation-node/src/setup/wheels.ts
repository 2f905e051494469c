/**
 * The releases of TensorFlow whose libraries and headers set-up takes from PyPI, with the sums that it checks.
 */

/** What comes out of a wheel: libtensorflow and headers, or headers only, for a libtensorflow from elsewhere. */
export type Contents = 'libraries' | 'headers';

/** One wheel for Linux x64. */
export interface Wheel {
  readonly project: 'tensorflow' | 'tensorflow-cpu';
  readonly version: string;
  /** The Python that the wheel is for, which need not be on this machine: nothing in it is run by Python. */
  readonly python: '3.10' | '3.11';
  readonly sha256: string;
  readonly contents: Contents;
}

/** What `ct-node setup` takes unless told otherwise. 2.18.1 has kernels of its own for Hopper GPUs. */
export const DEFAULT_VERSION = '2.15.1';

/** Sums as PyPI gives them for the files named manylinux_2_17_x86_64. */
export const WHEELS: readonly Wheel[] = [
  // What tfjs-node 4.22 downloads by itself where it can. It comes without C++ headers, and the wheel without its
  // library.
  {
    project: 'tensorflow-cpu',
    version: '2.9.1',
    python: '3.10',
    contents: 'headers',
    sha256: '6666ddeae45e1f41da788cb4bdea3435aba16edb0bc17b7ac00631c7c9eb052e',
  },
  {
    project: 'tensorflow-cpu',
    version: '2.12.1',
    python: '3.11',
    contents: 'libraries',
    sha256: '7ffb595707a8fb376deaddc768784c7a0242b16cbc6e06393b1733b2ce19f855',
  },
  {
    project: 'tensorflow',
    version: '2.12.1',
    python: '3.11',
    contents: 'libraries',
    sha256: '857a1e331cc34f399236642dbf4ac8f3ca4f36e2df04e45516819db1b3c827c1',
  },
  {
    project: 'tensorflow-cpu',
    version: '2.15.1',
    python: '3.11',
    contents: 'libraries',
    sha256: '54660c074d7241a503e81edfd9f5ef5af88f64051b72e2945f26318c790f2d26',
  },
  {
    project: 'tensorflow',
    version: '2.15.1',
    python: '3.11',
    contents: 'libraries',
    sha256: 'bb0edd69103c154245c5f209f0507355cc68ba7e4de350084bc31edc562478e4',
  },
  {
    project: 'tensorflow-cpu',
    version: '2.18.1',
    python: '3.11',
    contents: 'libraries',
    sha256: '810c75d7149d2da0cb2092187817b0dcabb80728ca9f9cf3a61f3f42fadd1298',
  },
  {
    project: 'tensorflow',
    version: '2.18.1',
    python: '3.11',
    contents: 'libraries',
    sha256: 'c9f87e5d2a680a4595f5dc30daf6bbaec9d4129b46d7ef1b2af63c46ac7d2828',
  },
];

/**
 * The wheel of a version for CPU or GPU use.
 *
 * @throws RangeError naming the versions there are.
 */
export function findWheel(
  version: string,
  { gpu = false, contents = 'libraries' }: { gpu?: boolean; contents?: Contents } = {},
): Wheel {
  // Headers are the same for both uses; those of the smaller wheel will do.
  const project = gpu && contents === 'libraries' ? 'tensorflow' : 'tensorflow-cpu';
  const fitting = WHEELS.filter(
    (wheel) => wheel.project === project && (contents === 'headers' || wheel.contents === contents),
  );
  const found = fitting.find((wheel) => wheel.version === version);
  if (found === undefined) {
    throw new RangeError(
      `ct-node: ${contents} of ${project} must be of version ` +
        `${fitting.map((wheel) => wheel.version).join(', ')}, got ${version}; choose one with --tensorflow`,
    );
  }
  return found;
}
