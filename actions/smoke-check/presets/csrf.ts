/**
 * A form post without its token is refused, and the cookies of it are set with care.
 *
 * | rule | wanted | source |
 * | --- | --- | --- |
 * | token cookie | SameSite Lax or Strict, and over https Secure | OWASP CSRF Prevention Cheat Sheet; Django, CSRF_COOKIE_SECURE and CSRF_COOKIE_SAMESITE |
 * | session cookie | the same and HttpOnly, where the page sets it | OWASP Session Management Cheat Sheet; Django, SESSION_COOKIE_* |
 * | post | a form post with the page's cookies, from its own origin, without a token: 400, 403, 419 or 422 | OWASP CSRF Prevention Cheat Sheet |
 *
 * The page is asked for anew with an empty jar, so that it sets its cookies. HttpOnly is not wanted of the token's
 * cookie: scripts have to read it (Django, CSRF_COOKIE_HTTPONLY). Over http on loopback Secure is not judged.
 */
import type { Cookie } from 'tough-cookie'
import type { HttpResponse } from '../exchange.ts'
import { setCookie, setCookies } from '../judge/headers.ts'
import { list } from '../judge/show.ts'
import { describeStatus, describeStatuses, isAccepted } from '../judge/status.ts'
import type { Finding } from '../result.ts'
import { ask, found, isLoopback, type Preset, type PresetContext, shown, shownUrl } from './preset.ts'
import type { Options } from './schemas.ts'

type CsrfOptions = Options<'csrf'>

export const csrf: Preset<CsrfOptions> = async (context, options) => {
  const page = await ask(context, 'page', { url: context.probe.url, method: 'GET', jar: 'none' })
  if (!page.ok) return page.findings
  return [...judgeCookies(context, page.response, options), ...(await judgePost(context, page.response, options))]
}

function judgeCookies(context: PresetContext, response: HttpResponse, options: CsrfOptions): readonly Finding[] {
  const { now } = context.probe.observation
  const token = options['token-cookie']
  const session = options['session-cookie']
  const tokenCookie = token === null ? undefined : setCookie(response, token, now)
  const sessionCookie = session === null ? undefined : setCookie(response, session, now)
  return [
    ...(token !== null && tokenCookie === undefined ? [noToken(context, response, token)] : []),
    ...judgeFlags(context, response, 'token cookie', tokenCookie, false),
    ...judgeFlags(context, response, 'session cookie', sessionCookie, true),
  ]
}

function noToken(context: PresetContext, response: HttpResponse, name: string): Finding {
  const names = [...new Set(setCookies(response).map(({ key }) => shown(context, key)))]
  const set = names.length === 0 ? 'no cookie' : `only ${list(names)}`
  const message = `The page sets no cookie ${name}: its answer, ${describeStatus(response)}, sets ${set}.`
  const hint =
    'Give the URL of the page that has the form, or set token-cookie to its name, or to null where the token is not in a cookie.'
  return found(context, 'token cookie', { message, hint })
}

function judgeFlags(
  context: PresetContext,
  response: HttpResponse,
  rule: string,
  cookie: Cookie | undefined,
  httpOnly: boolean,
): readonly Finding[] {
  if (cookie === undefined) return []
  const local = response.url.protocol === 'http:' && isLoopback(response.url)
  const missing = [
    ...(cookie.secure || local ? [] : ['Secure']),
    ...(cookie.httpOnly || !httpOnly ? [] : ['HttpOnly']),
    ...(cookie.sameSite === 'lax' || cookie.sameSite === 'strict' ? [] : ['SameSite=Lax']),
  ]
  if (missing.length === 0) return []
  const served = [
    cookie.secure && 'Secure',
    cookie.httpOnly && 'HttpOnly',
    cookie.sameSite && `SameSite=${cookie.sameSite}`,
  ]
  const flags = served.filter((flag) => typeof flag === 'string')
  const setting = httpOnly ? 'SESSION' : 'CSRF'
  const django = missing.map((flag) => `${setting}_COOKIE_${flag.replace(/=.*/, '').toUpperCase()}`)
  return [
    found(context, rule, {
      message: `The cookie ${shown(context, cookie.key)} is set ${flags.length === 0 ? 'without any flag' : `with ${list(flags)} only`}; ${list(missing)} ${missing.length === 1 ? 'is' : 'are'} missing.`,
      hint: `Set it with ${list(missing)}. Django: ${list(django)}.`,
    }),
  ]
}

async function judgePost(
  context: PresetContext,
  page: HttpResponse,
  options: CsrfOptions,
): Promise<readonly Finding[]> {
  const target = new URL(options.path ?? page.url.href, context.probe.url)
  const cookies = setCookies(page).map(({ key, value }) => `${key}=${value}`)
  const answer = await ask(context, 'post', {
    url: target,
    method: 'POST',
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      // What a browser sends along: a server that only compares origins must not look as if it knew tokens.
      origin: target.origin,
      referer: page.url.origin + page.url.pathname,
      'x-csrftoken': null,
      'x-csrf-token': null,
      'x-xsrf-token': null,
      ...(cookies.length === 0 ? {} : { cookie: cookies.join('; ') }),
    },
    body: new TextEncoder().encode(new URLSearchParams(options.form).toString()),
    jar: 'none',
    redirects: 'none',
  })
  if (!answer.ok) return answer.findings
  if (isAccepted(options.status, answer.response.status)) return []
  return [notRefused(context, target, answer.response, options)]
}

function notRefused(context: PresetContext, target: URL, response: HttpResponse, options: CsrfOptions): Finding {
  const message = `A form post to ${shownUrl(context, target.href)} without its token is answered with ${describeStatus(response)}; ${describeStatuses(options.status)} was wanted.`
  const elsewhere = response.status === 404 || response.status === 405
  const hint = elsewhere
    ? 'Set path to where the form is posted to.'
    : 'Check the token of every form: Django CsrfViewMiddleware (and no csrf_exempt), Rails protect_from_forgery, Laravel VerifyCsrfToken.'
  return found(context, 'post', { message, hint })
}
