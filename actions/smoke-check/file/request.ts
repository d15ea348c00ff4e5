/** What a check sends: headers, basic authentication and body, with those of `defaults`. */
import type { RequestBody, Template } from '../check.ts'
import { at, shorten } from './pointer.ts'
import type { RawAuth, RawCheck, RawCondition, RawDefaults } from './raw.ts'
import { readHeaderName } from './terms.ts'
import type { Scope } from './variables.ts'

type Header = readonly [name: string, value: Template]
type Auth = { readonly username: Template; readonly password: Template }

/** These belong to the connection; a wrong one makes the request something else than what was meant. */
const OWN = ['connection', 'content-length', 'expect', 'keep-alive', 'te', 'trailer', 'transfer-encoding', 'upgrade']

export interface RequestParts {
  readonly requestHeaders: readonly Header[]
  readonly auth?: Auth
  readonly requestBody?: RequestBody
}

export function readRequest(scope: Scope, pointer: string, raw: RawCheck, defaults: RawDefaults): RequestParts {
  const auth = readAuth(scope, pointer, raw, defaults)
  const body = raw['request-body']
  if (body !== undefined) reportBodyless(scope, pointer, methodOf(raw))
  return {
    requestHeaders: readHeaders(scope, pointer, raw, defaults),
    ...(auth !== undefined && { auth }),
    ...(body !== undefined && { requestBody: readBody(scope, at(pointer, 'request-body'), body) }),
  }
}

/** A check that sends something means POST unless it says otherwise. */
export function methodOf({ method, 'request-body': body }: RawCheck): string {
  return method ?? (body === undefined ? 'GET' : 'POST')
}

function reportBodyless(scope: Scope, pointer: string, method: string): void {
  if (method !== 'GET' && method !== 'HEAD') return
  const message = `A ${method} request has no body.`
  scope.report(at(pointer, 'request-body'), message, 'Leave method out, or give one such as POST.', 'key')
}

function readHeaders(scope: Scope, pointer: string, raw: RawCheck, defaults: RawDefaults): readonly Header[] {
  const headers = new Map<string, Header>()
  for (const [name, value] of Object.entries(defaults.headers ?? {})) {
    const isReplaced = name.toLowerCase() === 'authorization' && raw.auth !== undefined
    if (isReplaced || isRemoved(raw, name)) continue
    reportAnswers(scope, at('/defaults/headers', name), name, value, true)
    headers.set(name.toLowerCase(), readHeader(scope, at('/defaults/headers', name), name, value))
  }
  const seen = new Set<string>()
  for (const [name, value] of Object.entries(raw.headers ?? {})) {
    const place = at(pointer, 'headers', name)
    if (seen.has(name.toLowerCase()))
      scope.report(place, 'This header is there twice.', 'Case makes no difference.', 'key')
    seen.add(name.toLowerCase())
    reportAnswers(scope, place, name, value, raw['request-body'] !== undefined)
    if (typeof value === 'string') headers.set(name.toLowerCase(), readHeader(scope, place, name, value))
  }
  return [...headers.values()]
}

/** Headers that only answers have. */
const ANSWERS =
  /^(?:access-control-(?:allow|expose)-.*|access-control-max-age|content-security-policy.*|cross-origin-.*-policy|etag|last-modified|location|permissions-policy|(?:x-)?ratelimit.*|referrer-policy|retry-after|server|set-cookie|strict-transport-security|vary|www-authenticate|x-content-type-options|x-frame-options|x-powered-by|x-xss-protection)$/i

/** Sending them is what nobody means: it would be a condition that is never judged. */
function reportAnswers(
  scope: Scope,
  pointer: string,
  name: string,
  value: string | null | RawCondition,
  hasBody: boolean,
): void {
  const isType = name.toLowerCase() === 'content-type'
  if (typeof value === 'object' && value !== null) return
  if (isType ? hasBody || value === null : !ANSWERS.test(name)) return
  const wanted = value === null ? 'exists: false' : `${isType ? 'contains' : 'equals'}: ${scalar(value)}`
  const message = isType
    ? 'Text is sent with the request, and this one has no body that it could be about.'
    : `${value === null ? 'null takes away a header of the request' : 'Text is sent with the request'}, and only answers have ${name}.`
  scope.report(pointer, message, `For the answer write ${name}: { ${wanted} } under headers of the check.`)
}

function scalar(text: string): string {
  const shown = shorten(text)
  return /^[A-Za-z][\w ./-]*$/.test(shown) ? shown : JSON.stringify(shown)
}

/** By null, or by the check's own header of that name, which need not have the same case. */
function isRemoved({ headers = {} }: RawCheck, name: string): boolean {
  const own = Object.entries(headers).find(([key]) => key.toLowerCase() === name.toLowerCase())
  return own !== undefined && (own[1] === null || typeof own[1] === 'string')
}

function readHeader(scope: Scope, pointer: string, name: string, text: string): Header {
  readHeaderName(scope, pointer, name, 'key')
  if (OWN.includes(name.toLowerCase())) {
    scope.report(pointer, 'This header is set by the action itself.', 'Leave it out.', 'key')
  }
  const value = scope.fill(pointer, text, 'secret', 'whole')
  const written = value.filter((part) => typeof part === 'string').join('')
  const how = text.includes(`\${`) ? 'With its variables filled in, it' : 'It'
  if (/[^\t\x20-\x7e\x80-\xff]/.test(written)) {
    const hint = 'Remove it; a secret that was pasted with a line break at its end has to be set again.'
    scope.report(pointer, `${how} holds a line break or a character that no header can.`, hint)
  }
  return [name, value]
}

/** Whatever the check itself says of credentials takes the place of what `defaults` says of them. */
function readAuth(scope: Scope, pointer: string, raw: RawCheck, defaults: RawDefaults): Auth | undefined {
  const saysHeader = isRemoved(raw, 'authorization')
  if (raw.auth != null && saysHeader) {
    scope.report(at(pointer, 'auth'), 'The check has a header Authorization too.', 'Leave out one of them.', 'key')
  }
  if (raw.auth != null) return fillAuth(scope, at(pointer, 'auth'), raw.auth)
  if (raw.auth === null || saysHeader || defaults.auth === undefined) return undefined
  return fillAuth(scope, '/defaults/auth', defaults.auth)
}

function fillAuth(scope: Scope, pointer: string, { username, password }: RawAuth): Auth {
  const auth = {
    username: scope.fill(at(pointer, 'username'), username, 'secret', 'whole'),
    password: scope.fill(at(pointer, 'password'), password, 'secret', 'whole'),
  }
  const parts = [...auth.username, ':', ...auth.password].filter((part) => typeof part === 'string')
  if (auth.username.some((part) => typeof part === 'string' && part.includes(':'))) {
    const message = 'A user name of basic authentication holds no colon.'
    scope.report(at(pointer, 'username'), message, 'What stands behind it would be read as the password.')
  }
  const isWhole = parts.length === auth.username.length + auth.password.length + 1
  if (isWhole) scope.variables.hide(Buffer.from(parts.join('')).toString('base64'))
  return auth
}

function readBody(scope: Scope, pointer: string, body: NonNullable<RawCheck['request-body']>): RequestBody {
  if (body.text !== undefined) return { text: scope.fill(at(pointer, 'text'), body.text, 'secret') }
  if (body.form === undefined) return { json: scope.fillJson(at(pointer, 'json'), body.json ?? null, 'secret') }
  const fields = Object.entries(body.form)
  return { form: fields.map(([name, value]) => [name, scope.fill(at(pointer, 'form', name), String(value), 'secret')]) }
}
