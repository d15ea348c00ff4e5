/** `permissions:` of a workflow or job, as the permissions of the job's GITHUB_TOKEN. */
import type { TemplateToken } from './library.ts'
import { isMapping } from './library.ts'

export type PermissionLevel = 'read' | 'write' | 'none'
export type Permissions = Readonly<Record<string, PermissionLevel>>

/** What GitHub grants when neither level says anything, with the default for organisations and new repositories. */
const restricted: Permissions = { contents: 'read', packages: 'read' }

/** Scopes of `read-all` and `write-all`; `id-token` has no read level. */
const scopes = [
  'actions',
  'artifact-metadata',
  'attestations',
  'checks',
  'contents',
  'deployments',
  'discussions',
  'id-token',
  'issues',
  'packages',
  'pages',
  'pull-requests',
  'repository-projects',
  'security-events',
  'statuses',
]

export function readPermissions(token: TemplateToken | undefined): Permissions | undefined {
  if (token === undefined) return undefined
  if (isMapping(token)) return Object.fromEntries([...token].map(({ key, value }) => [`${key}`, level(`${value}`)]))
  const all = level(token.assertString('permissions').value.replace('-all', ''))
  return Object.fromEntries(scopes.map((scope) => [scope, scope === 'id-token' && all === 'read' ? 'none' : all]))
}

/** A job's own permissions replace the workflow's whole; a fork's token can write nothing. */
export function tokenPermissions(job?: Permissions, workflow?: Permissions, readOnly = false): Permissions {
  const granted = job ?? workflow ?? restricted
  if (!readOnly) return granted
  return Object.fromEntries(
    Object.entries(granted)
      .filter(([scope]) => scope !== 'id-token')
      .map(([scope, value]) => [scope, value === 'write' ? 'read' : value]),
  )
}

function level(value: string): PermissionLevel {
  return value === 'read' || value === 'write' ? value : 'none'
}
