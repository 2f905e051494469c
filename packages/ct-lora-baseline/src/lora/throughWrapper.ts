/**
 * Changes of layers that may stand in a `TimeDistributed` wrapper.
 */
import type { LayerEntry } from '@curvature-tuning/layers/model';
import { fieldsOf } from './stockLayer.js';

/** The entry with `change` applied to it, or to that of the layer it wraps. */
export function throughWrapper(entry: LayerEntry, change: (entry: LayerEntry) => LayerEntry): LayerEntry {
  if (entry.className !== 'TimeDistributed') return change(entry);
  const layer = throughWrapper(fieldsOf(entry.config)['layer'] as LayerEntry, change);
  return { ...entry, config: { ...entry.config, ...fieldsOf({ layer }) } as LayerEntry['config'] };
}
