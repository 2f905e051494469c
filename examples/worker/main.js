// The page: starts the worker, shows its progress, and keeps the adapter for the next visit.
const [bar, said] = ['bar', 'said'].map((id) => document.getElementById(id));
const worker = new Worker(new URL('./worker.js', import.meta.url), { type: 'module' });
worker.addEventListener('error', ({ message }) => (said.textContent = `failed: ${message}`));
worker.addEventListener('message', async ({ data }) => {
  if (data.progress) {
    bar.max = data.progress.total;
    bar.value = data.progress.done;
  }
  if (data.adapter) await keep(data.adapter);
  if (data.said) said.textContent = data.said;
});
worker.postMessage({ adapter: await kept() });

/** IndexedDB, as a place for one adapter. */
function store(mode, act) {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open('adapters', 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore('adapters');
    opening.onerror = () => reject(opening.error);
    opening.onsuccess = () => {
      const request = act(opening.result.transaction('adapters', mode).objectStore('adapters'));
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    };
  });
}
function keep(bytes) {
  return store('readwrite', (adapters) => adapters.put(bytes, 'digits'));
}
function kept() {
  return store('readonly', (adapters) => adapters.get('digits'));
}
