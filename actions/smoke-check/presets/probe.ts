/** How a preset asks further questions of what a check has reached: a port that the scheduler implements. */
import type { Exchange, Redirects } from '../exchange.ts'
import type { Observation } from '../result.ts'

/** What differs from the check's own request; all that is left out stays as it is. */
export interface ProbeChange {
  /** On another origin (scheme, host or port) neither headers, auth nor cookies of the check are sent. */
  readonly url?: URL
  readonly method?: string
  /** Names in any case; null removes a header, `authorization` from the check's `auth` too. */
  readonly headers?: Readonly<Record<string, string | null>>
  /** The check's own body is sent only where url, method and body are all left out. */
  readonly body?: Uint8Array
  /** `session` (left out): the check's jar. `fresh`: an empty one for this request and its redirects. `none`: no cookies. */
  readonly jar?: 'none' | 'fresh' | 'session'
  readonly redirects?: Redirects
}

export interface PresetProbe {
  /** The check's own request with everything filled in, before any redirect. */
  readonly url: URL
  /** The answer to it, of which all else about the check is judged. */
  readonly observation: Observation
  /** When it is aborted, requests give the problem `cancelled` at once. */
  readonly signal: AbortSignal
  /** One request with the check's limits, on a fresh connection. Never throws. */
  request(change: ProbeChange): Promise<Exchange>
}
