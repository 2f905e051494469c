/**
 * A file from a server, or an error that tells what came in its place.
 */
import { check, filledText, matching, options as optionsOf } from '@curvature-tuning/checks';
import type { Entries } from '@curvature-tuning/checks';

/** How {@link fetchBytes} speaks. */
export interface FetchOptions {
  /** Begins the message of an error, who expected what: `loadPretrained: expected the weights`. */
  readonly subject?: string | undefined;
}

export const fetchBytesArguments: Entries<{ url: URL; options: FetchOptions }> = {
  url: matching((value): value is URL => Object.prototype.toString.call(value) === '[object URL]', {
    expects: 'a URL',
    cure: 'make one of a text with new URL(text, location.href)',
  }),
  options: optionsOf<FetchOptions>({ subject: filledText }),
};

/**
 * Fetches the bytes behind an address.
 *
 * @throws Error when the server refuses, cannot be reached, answers with a page, or sends less than it announced.
 */
export async function fetchBytes(url: URL, options: FetchOptions = {}): Promise<Uint8Array> {
  check('fetchBytes', fetchBytesArguments, { url, options });
  const subject = `${options.subject ?? 'fetchBytes: expected the file'} at ${url.href.slice(0, 200)}`;
  const response = await fetch(url).catch((cause: unknown) => {
    throw new Error(
      `${subject}, got no answer (${cause instanceof Error ? cause.message : String(cause)}); is the ` +
        'address right, and does the server allow other origins (CORS)?',
      { cause },
    );
  });
  if (!response.ok)
    throw new Error(
      `${subject}, got HTTP ${response.status} ${response.statusText}; put the file there or mend the address`,
    );
  const bytes = new Uint8Array(await response.arrayBuffer());
  if (isPage(response.headers.get('content-type'), bytes)) {
    throw new Error(
      `${subject}, got an HTML page; servers of applications answer with index.html where a file is ` +
        'missing: put the file into the folder that is served as it is (Vite: public/), or mend the address',
    );
  }
  const announced = Number(response.headers.get('content-length') ?? NaN);
  // With a content encoding the length is that of the packed bytes.
  if (!response.headers.has('content-encoding') && announced > bytes.length) {
    throw new Error(`${subject}, got ${bytes.length} of ${announced} bytes; fetch it again`);
  }
  return bytes;
}

function isPage(contentType: string | null, bytes: Uint8Array): boolean {
  const start = String.fromCharCode(...bytes.subarray(0, 256)).replace(/^\u00ef\u00bb\u00bf/, '');
  return (
    /^\s*<(!doctype|html|head|!--)/i.test(start) ||
    (contentType?.startsWith('text/html') === true && /^\s*</.test(start))
  );
}
