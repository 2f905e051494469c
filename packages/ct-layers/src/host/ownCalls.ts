/**
 * Methods that this package puts on instances of tfjs' layers, which copies do without.
 */
import { shared } from './copies.js';

const ours = shared('ownCalls', () => new WeakSet<object>());

/** Marks a method as put there by this package. */
export function markOurs<T extends object>(method: T): T {
  ours.add(method);
  return method;
}

/** Whether this package put a method on an instance. */
export function isOurs(method: object): boolean {
  return ours.has(method);
}
