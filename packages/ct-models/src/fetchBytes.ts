/**
 * A file from a server, or an error that tells what came in its place.
 */

/**
 * Fetches the bytes behind an address.
 *
 * @param caller Begins the message of an error.
 * @throws Error when the server refuses, cannot be reached, answers with a page, or sends less than it announced.
 */
export async function fetchBytes(caller: string, url: URL): Promise<Uint8Array> {
  const subject = `${caller}: expected the weights at ${url.href.slice(0, 200)}`;
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
