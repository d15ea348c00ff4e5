/**
 * tsyringe, by which @peculiar/x509 chooses its algorithms, wants the metadata half of the Reflect API to be there before it
 * is loaded. It asks it for constructor parameters, of which those algorithms have none: an answer of "nothing known" will do.
 */
const store = new WeakMap<object, Map<unknown, unknown>>()

Object.assign(Reflect, {
  getMetadata: (key: unknown, target: object) => store.get(target)?.get(key),
  getOwnMetadata: (key: unknown, target: object) => store.get(target)?.get(key),
  defineMetadata(key: unknown, value: unknown, target: object) {
    const known = store.get(target) ?? new Map<unknown, unknown>()
    store.set(target, known.set(key, value))
  },
})

export {}
