import type { Construct } from 'constructs';

/** On the scope, not in the process: two apps have nothing in common, and two copies of this library share what is there. */
const SINGLETONS = Symbol.for('cdk-iot-streams.singletons');

/** Returns the one construct of this library that has the id in the scope; an id that the app has given to something else is an error. */
export function singleton<T extends Construct>(scope: Construct & { [SINGLETONS]?: Set<unknown> }, id: string, create: () => T): T {
  const ours = scope[SINGLETONS] ??= new Set();
  const existing = scope.node.tryFindChild(id);
  if (existing === undefined) {
    const created = create();
    ours.add(created);
    return created;
  }
  if (!ours.has(existing)) {
    throw new Error(`construct id '${id}' must not be used in the app, got: '${existing.node.path}'; it is reserved for this library: `
      + 'choose another id');
  }
  return existing as T;
}
