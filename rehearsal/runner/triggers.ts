/** Whether a workflow's `on:` lets an event start it. */
import type { EventsConfig } from './library.ts'

export const eventNames = ['push', 'pull_request', 'workflow_dispatch', 'schedule', 'workflow_run'] as const
export type EventName = (typeof eventNames)[number]

/** What the filters of an event look at. */
export interface Subject {
  /** Pushed, the base of a pull request, or the head of another workflow's run. */
  readonly branch: string
  /** Pushed instead of a branch. */
  readonly tag?: string | undefined
}

/** @returns why the event does not start the workflow, or undefined when it does */
export function notTriggered(on: EventsConfig, event: EventName, { branch, tag }: Subject): string | undefined {
  const config = on[event]
  if (config === undefined) return `its 'on' has ${Object.keys(on).join(', ')}, not ${event}`
  if (event === 'workflow_dispatch' || event === 'schedule') return undefined
  const filters = config as Partial<Record<string, readonly string[]>>
  const kind = tag === undefined ? 'branches' : 'tags'
  const other = tag === undefined ? 'tags' : 'branches'
  const has = (name: string) => name in filters || `${name}-ignore` in filters
  // A filter for the one kind leaves the other kind out.
  if (event === 'push' && has(other) && !has(kind)) return `its 'push' is for ${other} only`
  return filtered(event, kind, tag ?? branch, filters)
}

function filtered(
  event: EventName,
  kind: 'branches' | 'tags',
  name: string,
  { [kind]: wanted, [`${kind}-ignore`]: ignored }: Partial<Record<string, readonly string[]>>,
): string | undefined {
  if (wanted !== undefined && !matches(wanted, name)) {
    return `its '${event}' is for the ${kind} ${wanted.join(', ')}, not ${name}`
  }
  const singular = kind === 'tags' ? 'tag' : 'branch'
  return ignored !== undefined && matches(ignored, name) ? `its '${event}' ignores the ${singular} ${name}` : undefined
}

/** The activity that starts the workflow: the usual one where the workflow listens to it, else the first it names. */
export function activityOf(on: EventsConfig, event: EventName): string {
  const usual = event === 'workflow_run' ? 'completed' : 'opened'
  const types = event === 'workflow_run' ? on.workflow_run?.types : on.pull_request?.types
  return types === undefined || types.includes(usual) ? usual : (types[0] ?? usual)
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
