/** When the tokens that a run uses end: a rotation that fails for an expired token is found too late. */
import * as v from 'valibot'
import type { Ask } from '../../src/cloudflare.ts'
import { formatDuration } from '../../src/duration.ts'
import type { Reply } from './api.ts'

/** A fine-grained or classic token with an end has it in each answer; that of an App has none. */
const HEADER = 'github-authentication-token-expiration'
const Verified = v.object({ status: v.string(), expires_on: v.nullish(v.string()) })

interface TokenEnd {
  /** The input. */
  readonly token: 'github-token' | 'api-token'
  /** ms since 1970. */
  readonly at: number
}

/** @returns undefined for a token without an end @param headers of any answer to it */
export function gitHubTokenEnd(headers: Reply['headers']): TokenEnd | undefined {
  // `2026-12-31 09:00:00 UTC`, and `2026-12-31 09:00:00 +0100` on GitHub Enterprise Server.
  const at = Date.parse(String(headers[HEADER] ?? '').replace(/ UTC$/, 'Z'))
  return Number.isFinite(at) ? { token: 'github-token', at } : undefined
}

/** A token belongs to a user or to an account, which have an endpoint each; what cannot be asked has no known end. */
export async function cloudflareTokenEnd(ask: Ask, accountId: string): Promise<TokenEnd | undefined> {
  for (const path of ['/user/tokens/verify', `/accounts/${encodeURIComponent(accountId)}/tokens/verify`]) {
    const answer = await ask(Verified, path)
    if (answer.kind !== 'ok') continue
    const at = Date.parse(answer.result.expires_on ?? '')
    return Number.isFinite(at) ? { token: 'api-token', at } : undefined
  }
  return undefined
}

/** @param within ms: an end that is further away is none to warn of */
export function expiryWarning({ token, at }: TokenEnd, now: number, within: number): string | undefined {
  const left = at - now
  if (left > within) return undefined
  const when = new Date(at).toISOString().slice(0, 10)
  return left <= 0
    ? `The token in ${token} has expired on ${when}.`
    : `The token in ${token} expires on ${when}, in ${formatDuration(left)}: make a new one in time, or the next rotation fails.`
}
