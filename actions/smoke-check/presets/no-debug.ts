/**
 * No debug page and no stack trace, on the page itself and on a path that does not exist.
 *
 * | rule | wanted | source |
 * | --- | --- | --- |
 * | page | neither in the check's own answer | OWASP Error Handling Cheat Sheet; Django deployment checklist |
 * | unknown path | neither in the answer to `path`, on which frameworks in debug mode list their routes | as above |
 *
 * x-powered-by is no finding: it tells which framework, not that it debugs.
 */
import type { HttpResponse } from '../exchange.ts'
import { show } from '../judge/show.ts'
import { decodeText } from '../judge/text.ts'
import { explainNotJudged, within } from '../judge/within.ts'
import type { Finding } from '../result.ts'
import { findTrace } from './debug-pages.ts'
import { ask, found, type Preset, type PresetContext, shownUrl } from './preset.ts'
import type { Options } from './schemas.ts'

export const noDebug: Preset<Options<'no-debug'>> = async (context, { path }) => {
  const { url, observation } = context.probe
  const own = judgeAnswer(context, 'page', observation.response, 'The answer')
  if (own.length > 0) return own
  const unknown = new URL(path, url)
  const answer = await ask(context, 'unknown path', { url: unknown, method: 'GET', redirects: 'none' })
  if (!answer.ok) return answer.findings
  return judgeAnswer(context, 'unknown path', answer.response, `The answer to ${shownUrl(context, unknown.href)}`)
}

function judgeAnswer(context: PresetContext, rule: string, response: HttpResponse, what: string): readonly Finding[] {
  const decoded = decodeText(response)
  const { budget } = context.probe.observation
  const judged = within(() => findTrace(decoded.ok ? decoded.text : '', response.headers), budget)
  if (judged === 'used up') {
    const message = explainNotJudged(`whether ${what.charAt(0).toLowerCase()}${what.slice(1)} is a debug page`, judged)
    return [found(context, rule, { message, hint: 'Simplify the regular expressions of the check.' })]
  }
  if (judged === 'slow') {
    const message = `${what} could not be searched for debug pages in time.`
    return [found(context, rule, { message, hint: 'Give a smaller page.', severity: 'warn' })]
  }
  if (judged.value === undefined) return []
  const trace = judged.value
  const message = `${what} (${response.status}) has ${trace.what}: ${show(trace.excerpt, context.probe.observation.redact)}.`
  return [found(context, rule, { message, hint: trace.hint })]
}
