/** What is checked of a pair of addresses when nothing else is said of them. */
import type { Json } from '../check.ts'
import type { Source } from './problems.ts'

type Env = Readonly<Record<string, string | undefined>>

/** Its top-level domain is reserved (RFC 2606), so that no project ever allows it. */
const FOREIGN_ORIGIN = 'https://foreign-origin.example'

/**
 * Front page, `/healthz`, security headers, debug pages, and CORS between the two; of one address alone, what concerns it.
 * @returns undefined when neither BACKEND_URL nor FRONTEND_URL has a value
 */
export function defaultChecks(env: Env): Source | undefined {
  const [backend, frontend] = [isSet(env['BACKEND_URL']), isSet(env['FRONTEND_URL'])]
  if (!backend && !frontend) return undefined
  const checks = [
    ...(frontend ? FRONTEND : []),
    ...(backend ? BACKEND : []),
    ...(backend && frontend && !isSameOrigin(env) ? CORS : []),
  ]
  const name = 'The default checks'
  return { name, value: { version: 1, checks }, place: () => name, origin: () => 'default checks' }
}

function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== ''
}

/** Pages of the same origin are never subject to CORS. */
function isSameOrigin(env: Env): boolean {
  const [backend, frontend] = [URL.parse(env['BACKEND_URL'] ?? ''), URL.parse(env['FRONTEND_URL'] ?? '')]
  return backend !== null && backend.origin === frontend?.origin
}

const FRONTEND: readonly Json[] = [
  {
    name: 'front page',
    url: `\${FRONTEND_URL}/`,
    headers: { 'content-type': { matches: '^text/html' } },
    presets: ['no-debug'],
  },
  { name: 'security headers', url: `\${FRONTEND_URL}/`, presets: ['security-headers'] },
]

const BACKEND: readonly Json[] = [
  { name: 'backend health', url: `\${BACKEND_URL}/healthz`, status: 200, presets: ['no-debug'] },
]

const CORS: readonly Json[] = [
  {
    name: 'CORS of the backend',
    url: `\${BACKEND_URL}/healthz`,
    cors: [
      { origin: `\${FRONTEND_URL}`, allowed: true },
      { origin: FOREIGN_ORIGIN, allowed: false },
    ],
  },
]
