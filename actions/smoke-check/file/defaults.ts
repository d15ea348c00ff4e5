/** What is checked of a pair of addresses when nothing else is said of them. */
import { ActionError } from '../../../src/errors.ts'
import type { Json } from '../check.ts'
import type { Source } from './problems.ts'

type Env = Readonly<Record<string, string | undefined>>

/**
 * Front page, `/healthz`, security headers, debug pages, and CORS between the two; of one address alone, what concerns it.
 * @returns undefined when neither BACKEND_URL nor FRONTEND_URL has a value
 */
export function defaultChecks(env: Env): Source | undefined {
  const [backend, frontend] = [originOf(env, 'BACKEND_URL'), originOf(env, 'FRONTEND_URL')]
  if (backend === undefined && frontend === undefined) return undefined
  const checks = [
    ...(frontend === undefined ? [] : FRONTEND),
    ...(backend === undefined ? [] : BACKEND),
    // Pages of the same origin are never subject to CORS.
    ...(backend === undefined || frontend === undefined || backend === frontend ? [] : [corsFor(frontend)]),
  ]
  const name = 'The default checks'
  const origin = () => 'default checks'
  return { name, value: { version: 1, checks }, place: () => name, origin, emptyHint: () => '' }
}

/** @throws ActionError when the variable has a value that is no address */
function originOf(env: Env, name: 'BACKEND_URL' | 'FRONTEND_URL'): string | undefined {
  const value = env[name] ?? ''
  if (value === '') return undefined
  const url = URL.parse(value)
  if (url?.protocol === 'https:' || url?.protocol === 'http:') return url.origin
  throw new ActionError(`${name} is not an address that can be checked.`, {
    hint: 'Write it with scheme and host, as https://example.com.',
  })
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

function corsFor(frontend: string): Json {
  return {
    name: 'CORS of the backend',
    url: `\${BACKEND_URL}/healthz`,
    presets: [{ 'cors-strict': { 'allowed-origin': frontend } }],
  }
}
