/**
 * An unknown path gives the API's error body.
 *
 * | rule | wanted | source |
 * | --- | --- | --- |
 * | status | `status`, 404 when left out | RFC 9110, section 15.5.5 |
 * | content-type | application/json, application/problem+json or another +json | RFC 9457, section 3; RFC 6839 |
 * | body | a JSON object | RFC 9457, section 3 |
 * | fields | a value other than null at each path of `fields` | the API's own contract |
 */
import { describeBody, readJson } from '../judge/body.ts'
import { select } from '../judge/json-path.ts'
import { list } from '../judge/show.ts'
import { describeStatus, describeStatuses, isAccepted } from '../judge/status.ts'
import { isJsonType, mediaType } from '../judge/text.ts'
import type { Finding } from '../result.ts'
import { ask, found, type Preset, shown, shownUrl } from './preset.ts'
import type { Options } from './schemas.ts'

export const jsonError: Preset<Options<'json-error'>> = async (context, { path, status, fields }) => {
  const { url, observation } = context.probe
  const unknown = new URL(path, url)
  const answer = await ask(context, 'status', { url: unknown, method: 'GET', redirects: 'none' })
  if (!answer.ok) return answer.findings
  const { response } = answer
  const redact = observation.redact
  const what = `The answer to the unknown path ${shownUrl(context, unknown.href)}`
  const findings: Finding[] = []
  if (!isAccepted(status, response.status)) {
    const message = `${what} is ${describeStatus(response)}; ${describeStatuses(status)} was wanted.`
    findings.push(
      found(context, 'status', {
        message,
        hint: 'Answer unknown paths below the API with its error, not with a page.',
      }),
    )
  }
  const json = readJson(response, redact)
  if (!json.ok || typeof json.value !== 'object' || json.value === null || Array.isArray(json.value)) {
    const message = `${what} is ${json.ok ? describeBody(response, redact) : json.problem}; a JSON object was wanted.`
    const hint = 'Give the API a handler for unknown paths, in front of the one of the front end.'
    return [...findings, found(context, 'body', { message, hint })]
  }
  if (!isJsonType(mediaType(response))) {
    const message = `${what} has content-type ${shown(context, mediaType(response)) || 'missing'}; JSON was wanted.`
    findings.push(
      found(context, 'content-type', {
        message,
        hint: 'Set Content-Type: application/json or application/problem+json.',
      }),
    )
  }
  const { value } = json
  const missing = fields.filter((field) => {
    const selection = select(field, value)
    return !selection.ok || selection.matches.every((match) => match.value === null)
  })
  if (missing.length > 0) {
    const message = `${what} has nothing at ${list(missing)}: ${describeBody(response, redact)}.`
    findings.push(found(context, 'fields', { message, hint: 'Give every error the same members.' }))
  }
  return findings
}
