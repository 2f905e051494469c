/**
 * Asks a server for a file from some byte on, and tells the faults that may pass from those that will not.
 */
import {
  check,
  filledText,
  optional,
  options as optionsOf,
  signal as signalSchema,
  whole,
} from '@curvature-tuning/checks';
import type { Entries, Schema } from '@curvature-tuning/checks';

/** A fault of the network or the server, after which another attempt or another address may help. */
export class DownloadFault extends Error {
  /** Whether the same address is worth another attempt. */
  readonly retry: boolean;
  /** Whether what has arrived so far is worthless. */
  readonly discard: boolean;

  constructor(
    message: string,
    { retry = false, discard = false, cause }: { retry?: boolean; discard?: boolean; cause?: unknown },
  ) {
    super(message, { cause });
    this.name = 'DownloadFault';
    this.retry = retry;
    this.discard = discard;
  }
}

/** The answer to {@link requestRange}. */
export interface RangeResponse {
  /** The byte the answer begins with: the one asked for, or 0 when the server sends the whole file. */
  readonly start: number;
  /** Bytes of the whole file, where they were known or the server says so. */
  readonly total: number | undefined;
  /** To be iterated once; reading faults arrive as {@link DownloadFault}. */
  readonly chunks: AsyncIterable<Uint8Array>;
}

/** When to give up on a request. */
export interface RequestLimits {
  /** Milliseconds without a kilobyte (or the rest of the file) after which a server counts as stalled. */
  readonly idleTimeout: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Checks that `url` is one of the web, and carries no password, which messages would show.
 *
 * @throws RangeError that names the address.
 */
export function checkAddress(url: string): void {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed?.protocol !== 'http:' && parsed?.protocol !== 'https:') {
    throw new RangeError(
      `download: addresses must begin with http:// or https://, got ${JSON.stringify(url)}; put local files ` +
        'into their folder instead',
    );
  }
  if (parsed.username !== '' || parsed.password !== '') {
    throw new RangeError(
      `download: addresses must not hold a user name or password, got one of ${parsed.host}; fetch the file ` +
        'yourself and put it into its folder',
    );
  }
}

const natural: Schema<number> = whole({ min: 0 });
export const requestRangeArguments: Entries<{
  url: string;
  position: number;
  total?: number | undefined;
  limits: RequestLimits;
}> = {
  url: filledText,
  position: natural,
  total: optional(natural),
  limits: optionsOf<RequestLimits>({ idleTimeout: whole({ min: 1 }), signal: signalSchema }, ['idleTimeout']),
};

/**
 * Requests `url` from byte `position` on, of a file of `total` bytes; where nobody knows or the server does not say how
 * many, web pages are refused by their type.
 *
 * @throws DownloadFault when nobody answers, or with anything but the bytes asked for; RangeError for an address that
 * is none of the web.
 */
export async function requestRange(
  url: string,
  position: number,
  total: number | undefined,
  limits: RequestLimits,
): Promise<RangeResponse> {
  check('requestRange', requestRangeArguments, { url, position, total, limits });
  checkAddress(url);
  const stall = stallWatch(limits.idleTimeout);
  const signal = limits.signal ? AbortSignal.any([limits.signal, stall.signal]) : stall.signal;
  const headers: Record<string, string> = {
    // As stored: a server that unpacks on the way would change size and checksum.
    'accept-encoding': 'identity',
    ...(position > 0 && { range: `bytes=${position}-` }),
  };
  const response = await stall.during(fetch(url, { headers, signal })).catch((error: unknown) => {
    throw stall.fault() ?? networkFault(error);
  });
  const start = response.status === 206 ? position : 0;
  const fault = faultOf(response, start, total);
  if (fault) {
    await response.body?.cancel().catch(() => undefined);
    throw fault;
  }
  const length = response.headers.get('content-length');
  const announced = length === null ? undefined : start + Number(length);
  return { start, total: total ?? announced, chunks: read(response, stall) };
}

function faultOf(
  { status, statusText, headers }: Response,
  start: number,
  total: number | undefined,
): DownloadFault | undefined {
  if (status === 416)
    return new DownloadFault('refused to go on from where the last attempt ended', { retry: true, discard: true });
  if (status !== 200 && status !== 206) {
    const passing = status === 408 || status === 429 || status >= 500;
    return new DownloadFault(`answered ${status} ${statusText}`.trimEnd(), { retry: passing });
  }
  const range = headers.get('content-range');
  if (status === 206 && range?.startsWith(`bytes ${start}-`) !== true) {
    return new DownloadFault(`answered with the range "${range ?? ''}" instead of bytes ${start}-`, {
      retry: true,
      discard: true,
    });
  }
  // Catches, before a byte is written, the web page that stands in for a file.
  const length = headers.get('content-length');
  const isPage = headers.get('content-type')?.startsWith('text/html') === true;
  if (isPage && (total === undefined || length === null))
    return new DownloadFault('answered with a web page, perhaps to log in on, instead of a file', {});
  if (total === undefined) return undefined;
  if (length !== null && Number(length) !== total - start) {
    return new DownloadFault(`announced ${length} bytes instead of ${total - start}`, {
      retry: start > 0,
      discard: start > 0,
    });
  }
  return undefined;
}

async function* read(response: Response, stall: StallWatch): AsyncGenerator<Uint8Array> {
  const reader = response.body?.getReader();
  if (!reader) return;
  try {
    for (;;) {
      const { done, value } = await stall.during(reader.read());
      if (done) return;
      stall.received(value.length);
      yield value;
    }
  } catch (error) {
    // Whoever has answered may do so again; browsers say no more than "network error".
    throw stall.fault() ?? networkFault(error, true);
  } finally {
    // Closes the connection when the loop is left early.
    await reader.cancel().catch(() => undefined);
  }
}

/**
 * Aborts `signal` when a server keeps one waiting; time that passes elsewhere, such as on a slow disk, does not count.
 */
interface StallWatch {
  readonly signal: AbortSignal;
  during<Result>(waiting: Promise<Result>): Promise<Result>;
  received(bytes: number): void;
  fault(): DownloadFault | undefined;
}

function stallWatch(idleTimeout: number): StallWatch {
  const controller = new AbortController();
  // A server that sends a byte now and then is stalled, too.
  const enough = 1024;
  let since = 0;
  let left = idleTimeout;
  return {
    signal: controller.signal,
    during: async (waiting) => {
      const begun = performance.now();
      const timer = setTimeout(() => controller.abort(), left);
      try {
        return await waiting;
      } finally {
        clearTimeout(timer);
        left = Math.max(1, left - (performance.now() - begun));
      }
    },
    received: (bytes) => {
      since += bytes;
      if (since < enough) return;
      since = 0;
      left = idleTimeout;
    },
    fault: () =>
      controller.signal.aborted
        ? new DownloadFault(`sent nothing, or next to nothing, for ${idleTimeout / 1000} s`, { retry: true })
        : undefined,
  };
}

/** What fetch hides behind "fetch failed" or "terminated": the system's own words, and whether waiting may help. */
function networkFault(error: unknown, hasAnswered = false): DownloadFault {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  const message = cause instanceof Error ? cause.message : String(cause);
  // No name, no route, nobody there, and addresses that fetch refuses, which have no code: a machine without a
  // network is to hear so at once.
  const final = ['', 'ENOTFOUND', 'EAI_AGAIN', 'ECONNREFUSED', 'ENETUNREACH', 'EHOSTUNREACH'].includes(code);
  const text = message && !message.includes(code) ? `${message} (${code})` : message || code || 'no connection';
  return new DownloadFault(text, { retry: hasAnswered || !final, cause: error });
}
