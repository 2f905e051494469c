/**
 * What the copies of this package in one program share. There are two where a loader takes the ES modules for `import`
 * and the CommonJS build for `require`; models, layers and errors of one are handed to the other.
 */

/** One value for all copies, which the first makes. */
export function shared<T extends object>(name: string, make: () => T): T {
  const all = ((globalThis as { [SHARED]?: Record<string, object> })[SHARED] ??= {});
  return (all[name] ??= make()) as T;
}

/** Lets `instanceof` of a class hold for instances of the same class of another copy. */
export function acrossCopies(Class: { prototype: object }, name: string): void {
  const brand = Symbol.for(`@curvature-tuning/layers/${name}`);
  Object.defineProperty(Class.prototype, brand, { value: true });
  Object.defineProperty(Class, Symbol.hasInstance, {
    // Classes that extend this one inherit the method, and go by their prototype.
    value(this: unknown, value: unknown): boolean {
      return this === Class
        ? typeof value === 'object' && value !== null && brand in value
        : Boolean(Function.prototype[Symbol.hasInstance].call(this as () => void, value));
    },
  });
}

const SHARED: unique symbol = Symbol.for('@curvature-tuning/layers');
