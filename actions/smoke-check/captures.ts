import type { Check, JsonTemplate, Template } from './check.ts'
import { capturesOf } from './file/template.ts'

/** Names of the captures that the check's own request is made of. */
export function capturesIn({ url, requestHeaders, requestBody, auth }: Check): ReadonlySet<string> {
  const templates: Template[] = [url, ...requestHeaders.map(([, value]) => value)]
  if (auth !== undefined) templates.push(auth.username, auth.password)
  if (requestBody !== undefined && 'form' in requestBody) templates.push(...requestBody.form.map(([, value]) => value))
  if (requestBody !== undefined && 'text' in requestBody) templates.push(requestBody.text)
  const json = requestBody !== undefined && 'json' in requestBody ? capturesInJson(requestBody.json) : []
  return new Set([...templates.flatMap(capturesOf), ...json])
}

function capturesInJson(json: JsonTemplate): readonly string[] {
  if (json === null || typeof json !== 'object') return []
  if ('text' in json) return capturesOf(json.text)
  if ('members' in json) return json.members.flatMap(([, value]) => capturesInJson(value))
  return json.flatMap(capturesInJson)
}
