import { curve } from './curve.js';

self.addEventListener('message', ({ data }) =>
  curve(data).then(
    (result) => self.postMessage(result),
    (error) => self.postMessage({ failed: error.message }),
  ),
);
