/** The input `audit`: where the trail is kept. */
import { ActionError } from '../../src/errors.ts'

export type AuditPlace =
  /** Relative to the workspace, or absolute. */
  { readonly kind: 'file'; readonly path: string } | { readonly kind: 'branch'; readonly branch: string }

/** @throws ActionError */
export function parseAudit(text: string | undefined): AuditPlace | undefined {
  if (text === undefined) return undefined
  const [, kind, rest = ''] = /^(file|branch):(.+)$/su.exec(text) ?? []
  if (kind === 'file' && !rest.endsWith('/')) return { kind, path: rest }
  if (kind === 'branch' && isBranch(rest)) return { kind, branch: rest }
  throw new ActionError(`Input audit is "${text}", which is no place for a trail.`, {
    hint: 'Write file:PATH, or branch:NAME for a branch of this repository that holds nothing else.',
  })
}

/** The part of git-check-ref-format that matters for a name that people write. */
function isBranch(name: string): boolean {
  return /^(?!.*(?:\.\.|\/\/|@\{|\.lock$))[^\s~^:?*[\\/.-][^\s~^:?*[\\]*(?<![/.])$/u.test(name)
}
