// The page: hands files to the worker, shows what it says, and keeps network and adapter for the next visit.
const [model, photos, others, bar, said, predicted] = ['model', 'photos', 'others', 'bar', 'said', 'predicted'].map(
  (id) => document.getElementById(id),
);
const worker = new Worker(new URL('./worker.js', import.meta.url), { type: 'module' });
// ?backend=webgl&method=tune&betas=0.6,0.8&epochs=2
const asked = Object.fromEntries(new URLSearchParams(location.search));

worker.addEventListener('error', ({ message }) => (said.textContent = `failed: ${message}`));
worker.addEventListener('message', async ({ data }) => {
  if (data.progress) {
    bar.max = data.progress.total;
    bar.value = data.progress.done;
  }
  if (data.adapter) await keep({ model: [...model.files], adapter: data.adapter });
  if (data.ready) others.disabled = false;
  if (data.said) said.textContent = data.said;
  if (data.predicted) predicted.replaceChildren(...data.predicted.map(line));
});

const before = await kept();
if (before) worker.postMessage({ ...asked, ...before });
for (const input of [model, photos])
  input.addEventListener('change', () => {
    if (model.files.length === 0 || photos.files.length === 0) return;
    // photos/cat/1.jpg: the folder says the class.
    const labelled = [...photos.files].map((file) => ({ file, name: file.webkitRelativePath.split('/').at(-2) }));
    worker.postMessage({ ...asked, model: [...model.files], labelled });
  });
others.addEventListener('change', () => worker.postMessage({ photos: [...others.files] }));

function line(text) {
  const item = document.createElement('li');
  item.textContent = text;
  return item;
}

/** IndexedDB, as a place for one network and its adapter. */
function store(mode, act) {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open('adapted', 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore('adapted');
    opening.onerror = () => reject(opening.error);
    opening.onsuccess = () => {
      const request = act(opening.result.transaction('adapted', mode).objectStore('adapted'));
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    };
  });
}
function keep(files) {
  return store('readwrite', (adapted) => adapted.put(files, 'last'));
}
function kept() {
  return store('readonly', (adapted) => adapted.get('last'));
}
