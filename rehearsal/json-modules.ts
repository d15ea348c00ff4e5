/**
 * `@actions/workflow-parser` imports its JSON schemas without import attributes, which plain Node refuses
 * (ERR_IMPORT_ATTRIBUTE_MISSING). This adds the missing attribute for GitHub's own packages, and only there.
 */
import { registerHooks } from 'node:module'

registerHooks({
  resolve(specifier, context, nextResolve) {
    const resolved = nextResolve(specifier, context)
    if (!resolved.url.endsWith('.json') || !resolved.url.includes('/node_modules/@actions/')) return resolved
    return { ...resolved, importAttributes: { ...resolved.importAttributes, type: 'json' } }
  },
})
