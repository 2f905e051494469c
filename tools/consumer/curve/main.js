// Runs it in the page, or with `?in=worker` in a Web Worker; the title says how it ended.
const search = new URLSearchParams(location.search);

async function main(backend) {
  if (search.get('in') !== 'worker') return (await import('./curve.js')).curve(backend);
  const worker = new Worker(new URL('./worker.js', import.meta.url), { type: 'module' });
  return new Promise((resolve, reject) => {
    worker.addEventListener('error', (event) => reject(new Error(event.message)));
    worker.addEventListener('message', ({ data }) => resolve(data));
    worker.postMessage(backend);
  });
}
main(search.get('backend')).then(
  (result) => (document.title = JSON.stringify(result)),
  (error) => (document.title = JSON.stringify({ failed: error.message })),
);
