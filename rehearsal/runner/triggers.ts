/** Whether a workflow's `on:` lets an event start it. */
import type { EventsConfig } from './library.ts'

export type EventName = 'push' | 'pull_request' | 'workflow_dispatch'
export const eventNames: readonly EventName[] = ['push', 'pull_request', 'workflow_dispatch']

/** @param branch pushed, or the base of a pull request @returns why it does not start, or undefined when it does */
export function notTriggered(on: EventsConfig, event: EventName, branch: string): string | undefined {
  const config = on[event]
  if (config === undefined) return `its 'on' has ${Object.keys(on).join(', ')}, not ${event}`
  if (event === 'workflow_dispatch') return undefined
  const { branches, 'branches-ignore': ignored } = config as Partial<Record<string, readonly string[]>>
  const tagsOnly = event === 'push' && branches === undefined && ignored === undefined && 'tags' in config
  if (tagsOnly) return `its '${event}' is for tags only`
  if (branches !== undefined && !matches(branches, branch)) {
    return `its '${event}' is for the branches ${branches.join(', ')}, not ${branch}`
  }
  if (ignored !== undefined && matches(ignored, branch)) return `its '${event}' ignores the branch ${branch}`
  return undefined
}

/** `opened` where the workflow listens to it, as it does without `types`. */
export function pullRequestType(on: EventsConfig): string {
  const types = on.pull_request?.types
  return types === undefined || types.includes('opened') ? 'opened' : (types[0] ?? 'opened')
}

/** Filters of paths are not evaluated: a rehearsal is about the whole repository. */
export function hasPathFilter(on: EventsConfig, event: EventName): boolean {
  const config = on[event]
  return config !== undefined && ('paths' in config || 'paths-ignore' in config)
}

/** In order: a later pattern with `!` takes names out again. */
export function matches(patterns: readonly string[], name: string): boolean {
  return patterns.reduce((matched, pattern) => {
    if (pattern.startsWith('!')) return matched && !toRegExp(pattern.slice(1)).test(name)
    return matched || toRegExp(pattern).test(name)
  }, false)
}

/** GitHub's filter patterns: `*` stays within a part, `**` crosses parts, `?` and `+` repeat what is before them. */
function toRegExp(pattern: string): RegExp {
  const source = pattern.replace(/\\.|\*\*|\*|\[[^\]]*\]|[.^$(){}|]/g, (token) => {
    if (token === '**') return '.*'
    if (token === '*') return '[^/]*'
    return token.startsWith('[') || token.startsWith('\\') ? token : `\\${token}`
  })
  return new RegExp(`^${source}$`)
}
