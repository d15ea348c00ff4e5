/** Whether something was refused for one permission, and for nothing else. */
import type { Requirement } from '../github/permissions.ts'
import { ROUTES } from '../github/routes.ts'
import type { RecordedRequest } from '../server.ts'

/** What was taken from a job's token. */
export interface Lacking {
  readonly permission: string
  /** `read` where only writing was taken. */
  readonly left: 'none' | 'read'
}

const RANK = { none: 0, read: 1, write: 2 } as const

/** Whether the embedded GitHub refused it, by itself and not by a fault, as what is lacking would have allowed it. */
export function isRefusal({ method, path, status, fault }: RecordedRequest, { permission, left }: Lacking): boolean {
  if (status !== 403 || fault !== undefined) return false
  return needsOf(method, path).some((needed) => needed.permission === permission && RANK[needed.level] > RANK[left])
}

function needsOf(method: string, path: string): readonly Requirement[] {
  // The registry's token is given to whoever may pull; pushing is refused where it is done (github/registry/access.ts).
  if (path === '/token') return [{ permission: 'packages', level: 'read' }]
  if (path.startsWith('/v2/')) {
    return [{ permission: 'packages', level: /^(GET|HEAD)$/.test(method) ? 'read' : 'write' }]
  }
  const route = PATTERNS.find((one) => one.method === method && one.pattern.test(path))
  return [route?.needs ?? [], route?.instead ?? []].flat()
}

/** In the order in which they answer. */
const PATTERNS = ROUTES.map(({ method, path, needs, instead }) => ({
  method,
  pattern: patternOf(path),
  needs,
  instead,
}))

/** @param path `/repos/:owner/:repo/commits/:ref{.+}` */
function patternOf(path: string): RegExp {
  const parts = path.split(/:\w+(?:\{([^}]+)\})?/)
  const source = parts.map((part, index) => (index % 2 === 0 ? escaped(part ?? '') : (part ?? '[^/]+'))).join('')
  return new RegExp(`^${source}$`)
}

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')
}

/** What refuses without a request that names the job: git, and the runner that has no address of identities to give. */
const WORDS: Readonly<Record<string, RegExp>> = {
  contents: /the job's token has no 'contents: (read|write)'/,
  'id-token': /missing "id-token" permission/,
}

export function refusedInWords(error: string, { permission }: Lacking): boolean {
  return WORDS[permission]?.test(error) === true
}
