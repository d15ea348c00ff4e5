/**
 * A conditional request saves the transfer.
 *
 * | rule | wanted | source |
 * | --- | --- | --- |
 * | etag | the answer is a 200 with an ETag, `"…"` or `W/"…"` | RFC 9110, section 8.8.3 |
 * | not modified | If-None-Match with it gives 304, weak ones too | RFC 9110, sections 13.1.2 and 15.4.5 |
 * | modified | If-None-Match with another one gives the answer | RFC 9110, section 13.1.2 |
 */
import type { HttpResponse } from '../exchange.ts'
import { headerValue } from '../judge/headers.ts'
import { describeStatus } from '../judge/status.ts'
import type { Finding } from '../result.ts'
import { ask, found, type Preset, type PresetContext, shown } from './preset.ts'
import type { Options } from './schemas.ts'

const OTHER = '"slipway-smoke-check-no-such-etag"'

export const etag: Preset<Options<'etag'>> = async (context, { weak }) => {
  const plain = await ask(context, 'etag', get(context, null))
  if (!plain.ok) return plain.findings
  const tag = headerValue(plain.response, 'etag')
  const wrong = judgeTag(context, plain.response, tag, weak)
  if (tag === undefined || wrong.length > 0) return wrong
  const same = await ask(context, 'not modified', get(context, tag))
  if (!same.ok) return same.findings
  const other = await ask(context, 'modified', get(context, OTHER))
  if (!other.ok) return other.findings
  return [...judgeSame(context, same.response, tag), ...judgeOther(context, other.response)]
}

function get({ probe }: PresetContext, tag: string | null) {
  return { url: probe.url, method: 'GET', headers: { 'if-none-match': tag, 'if-modified-since': null } }
}

function judgeTag(
  context: PresetContext,
  response: HttpResponse,
  tag: string | undefined,
  weak: boolean,
): readonly Finding[] {
  const hint =
    'Switch ETags on: Express and nginx have them for files, Django ConditionalGetMiddleware, Next.js generateEtags.'
  if (response.status !== 200) {
    const message = `The answer is ${describeStatus(response)}; a 200 with an ETag was wanted.`
    return [found(context, 'etag', { message, hint: 'Judge etag on a URL that answers GET with 200.' })]
  }
  if (tag === undefined) return [found(context, 'etag', { message: 'The answer has no ETag.', hint })]
  if (!/^(?:W\/)?"[\x21\x23-\x7e\x80-\xff]*"$/.test(tag)) {
    const message = `ETag is ${shown(context, tag)}, which is not valid: it needs quotation marks.`
    return [found(context, 'etag', { message, hint: 'Set ETag: "…", or W/"…" for a weak one.' })]
  }
  if (weak || !tag.startsWith('W/')) return []
  const message = `ETag is ${shown(context, tag)}, a weak one; a strong one was wanted.`
  return [
    found(context, 'etag', {
      message,
      hint: 'What compresses on the way makes it weak: compress beforehand, or set weak: true.',
    }),
  ]
}

function judgeSame(context: PresetContext, response: HttpResponse, tag: string): readonly Finding[] {
  if (response.status === 304) return []
  const now = headerValue(response, 'etag')
  const changed = now !== undefined && now !== tag
  const message = `The answer to If-None-Match: ${shown(context, tag)} is ${describeStatus(response)}${changed ? ` with another ETag, ${shown(context, now)}` : ''}; 304 was wanted.`
  const hint = changed
    ? 'Make the ETag from the content alone: not from time, process or server, and the same on all instances.'
    : 'Compare If-None-Match with the ETag; what is in front of the application may take that header away.'
  return [found(context, 'not modified', { message, hint })]
}

function judgeOther(context: PresetContext, response: HttpResponse): readonly Finding[] {
  if (response.status === 200) return []
  const message = `The answer to If-None-Match with an ETag that never was is ${describeStatus(response)}; 200 was wanted.`
  return [
    found(context, 'modified', { message, hint: 'Answer 304 only where If-None-Match has the present ETag or is *.' }),
  ]
}
