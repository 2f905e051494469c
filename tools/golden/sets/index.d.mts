/** What is looked at of an entry of ARCHIVE_CATALOG, which belongs to a package that this one must not wait for. */
export interface Entry {
  readonly name: string;
  readonly classCount: number;
  readonly shape?: readonly [height: number, width: number, channels: number];
  readonly variants?: readonly string[];
  readonly files: readonly File[];
}

export interface File {
  readonly name: string;
  readonly urls: readonly string[];
  readonly bytes?: number;
  readonly md5?: string;
  readonly sha256?: string;
  readonly sum: 'published' | 'second-hand' | 'first download';
}

/** What is served in place of a set's files, and what is in it. */
export interface TinySet {
  readonly contents: Readonly<Record<string, Uint8Array>>;
  /** The files as a catalogue has them, with the sums of these. */
  readonly files: readonly File[];
  /** Images of each split that the set itself has. */
  readonly counts: Readonly<Partial<Record<'train' | 'validation' | 'test', number>>>;
}

export const tinyNames: readonly string[];
export function tinySet(entry: Entry): Promise<TinySet>;
export function greyOf(label: number): number;
export function picture(label: number, format?: 'jpeg' | 'png', size?: readonly number[]): Promise<Uint8Array>;

/** Contents by path. */
export type Tree = Readonly<Record<string, Uint8Array | string>>;

export function zipOf(tree: Tree, level?: 0 | 6): Uint8Array;
export function tarOf(tree: Tree): Promise<Uint8Array>;
export function tgzOf(tree: Tree): Promise<Uint8Array>;
export function npyOf(type: 'u1' | 'i8', shape: readonly number[], values: ArrayLike<number>): Uint8Array;
export function matOf(arrays: Readonly<Record<string, readonly number[]>>, packed: boolean): Uint8Array;
export function parquetOf(images: readonly Uint8Array[], labels: readonly number[], rowGroupSize?: number): Uint8Array;

/** What is wrong with one answer. */
export type Fault = 'broken' | 'missing' | 'busy' | 'page' | 'redirected' | 'wrong' | undefined;

/** A running server. */
export interface Server {
  /** Address of the folder of all files. */
  readonly url: string;
  /** `path range` of each request. */
  readonly requests: string[];
  close(): Promise<void>;
}

/** @param faultOf The fault of the n-th request, where what a redirect leads to is not counted. */
export function serve(
  files: Readonly<Record<string, Uint8Array>>,
  faultOf?: (request: number, name: string) => Fault,
): Promise<Server>;

/** Of pages: `/sets/NAME/FILE`, `/sets/NAME?files`, `/sets/NAME?asked`. */
export function setsPlugin(catalog: Readonly<Record<string, Entry>>): {
  name: string;
  configureServer: (server: { middlewares: { use(path: string, handle: RequestHandler): unknown } }) => void;
};

type RequestHandler = (
  request: import('node:http').IncomingMessage,
  response: import('node:http').ServerResponse,
) => unknown;
