/** Stores over the draft releases of an embedded GitHub. */
import { openReleaseStore, type ReleaseStoreOptions } from '../../../actions/snapshot/store/release.ts'
import type { Store } from '../../../actions/snapshot/store/store.ts'
import { clientOf, contextOf, logInto, type Said, type Scene, SERIES } from './artifact-setup.ts'

export interface OpenedRelease extends Said {
  readonly store: Store
  readonly token: string
}

export type ReleaseOptions = Partial<Omit<ReleaseStoreOptions, 'github' | 'context' | 'token' | 'log'>> & {
  readonly permissions?: Readonly<Record<string, 'read' | 'write'>>
  readonly isPlain?: boolean
}

/** A job opens the store. */
export function openRelease({ github }: Scene, given: ReleaseOptions = {}): OpenedRelease {
  const {
    signal = new AbortController().signal,
    permissions = { contents: 'write' },
    isPlain = false,
    ...options
  } = given
  const said = { infos: [] as string[], warnings: [] as string[] }
  const log = logInto(said)
  const token = github.issueToken('snapshot', permissions)
  const store = openReleaseStore({
    series: SERIES,
    github: clientOf(github, token, { isPlain, log, signal }),
    context: contextOf(github, 1),
    token,
    signal,
    log,
    patience: { attempts: 3, sleep: async () => {} },
    ...options,
  })
  return { store, token, ...said }
}

/** A request beside the store, as a person or another program makes it. */
export async function asPerson({ github }: Scene, method: string, path: string, body?: unknown): Promise<unknown> {
  const token = github.issueToken('person', { contents: 'write' }, 'octocat')
  const answer = await fetch(`${github.apiUrl}/repos/octo-org/site${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  return answer.status === 204 ? undefined : answer.json()
}
