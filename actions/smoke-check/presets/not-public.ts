/**
 * What must not be public is refused to whoever has no credentials.
 *
 * | rule | wanted | source |
 * | --- | --- | --- |
 * | path | 401, 403 or 404 for each of `paths`, or for the check's own URL | OWASP WSTG, Enumerate Infrastructure and Application Admin Interfaces |
 * | introspection | the same for an introspection query to `graphql`, or a GraphQL error without data | OWASP GraphQL Cheat Sheet |
 *
 * Neither headers, auth nor cookies of the check are sent; a redirect (to a login page) is not followed and no refusal,
 * unless `status` has it.
 */
import type { Json } from '../check.ts'
import type { HttpResponse } from '../exchange.ts'
import { describeBody, readJson } from '../judge/body.ts'
import { select } from '../judge/json-path.ts'
import { describeStatus, describeStatuses, isAccepted } from '../judge/status.ts'
import type { Finding } from '../result.ts'
import { ask, found, type Preset, type PresetContext, shownUrl } from './preset.ts'
import type { ProbeChange } from './probe.ts'
import type { Options } from './schemas.ts'

type NotPublicOptions = Options<'not-public'>

const INTROSPECTION = '{"query":"query { __schema { queryType { name } } }"}'

export const notPublic: Preset<NotPublicOptions> = async (context, options) => {
  const { url } = context.probe
  const own = options.paths.length === 0 && options.graphql === undefined ? [url.href] : []
  const findings: Finding[] = []
  for (const path of [...own, ...options.paths]) findings.push(...(await judgePath(context, options, path)))
  if (options.graphql !== undefined) findings.push(...(await judgeIntrospection(context, options, options.graphql)))
  return findings
}

async function judgePath(context: PresetContext, options: NotPublicOptions, path: string): Promise<readonly Finding[]> {
  const target = new URL(path, context.probe.url)
  const answer = await ask(context, 'path', { ...anonymous(context), url: target, method: 'GET' })
  if (!answer.ok) return answer.findings
  const { response } = answer
  if (isAccepted(options.status, response.status)) return []
  const message = `${shownUrl(context, path)} is answered without credentials with ${describeStatus(response)}, ${describe(context, response)}; ${describeStatuses(options.status)} was wanted.`
  return [found(context, 'path', { message, hint: remedy(response) })]
}

async function judgeIntrospection(
  context: PresetContext,
  options: NotPublicOptions,
  path: string,
): Promise<readonly Finding[]> {
  const { headers, ...rest } = anonymous(context)
  const answer = await ask(context, 'introspection', {
    ...rest,
    url: new URL(path, context.probe.url),
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json', accept: 'application/json' },
    body: new TextEncoder().encode(INTROSPECTION),
  })
  if (!answer.ok) return answer.findings
  const { response } = answer
  if (isAccepted(options.status, response.status) || isGraphQLError(response)) return []
  const message = `${shownUrl(context, path)} answers an introspection query without credentials with ${describeStatus(response)}, ${describe(context, response)}.`
  const hint =
    'Switch introspection off in this environment (Apollo Server: introspection: false), or let only known users ask.'
  return [found(context, 'introspection', { message, hint })]
}

/** Servers that have it switched off refuse the query as invalid: errors, and no data (GraphQL specification, section 7.1). */
function isGraphQLError(response: HttpResponse): boolean {
  const json = readJson(response)
  if (!json.ok || response.status >= 500) return false
  const schema: readonly Json[] = valuesAt('$.data.__schema', json.value)
  return valuesAt('$.errors[0]', json.value).length > 0 && schema.every((value) => value === null)
}

function valuesAt(path: string, json: Json): readonly Json[] {
  const selection = select(path, json)
  return selection.ok ? selection.matches.map(({ value }) => value) : []
}

function anonymous({ check }: PresetContext): ProbeChange {
  const names = ['authorization', 'cookie', ...check.requestHeaders.map(([name]) => name)]
  return { headers: Object.fromEntries(names.map((name) => [name, null])), jar: 'none', redirects: 'none' }
}

function describe({ probe }: PresetContext, response: HttpResponse): string {
  return describeBody(response, probe.observation.redact)
}

function remedy(response: HttpResponse): string {
  if (response.status >= 300 && response.status < 400) {
    return 'Answer it with 401, 403 or 404 instead of a redirect, or add the status of the redirect to status.'
  }
  return response.status >= 500
    ? 'A failure is no refusal: look into the log of the application.'
    : 'Ask for credentials there, close the path in front of the application, or answer 404; a fallback page for unknown paths has to be a 404 too.'
}
