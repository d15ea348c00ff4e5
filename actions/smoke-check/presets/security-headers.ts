/**
 * Headers that browsers protect a page by. Each rule and its source:
 *
 * | rule | wanted | source |
 * | --- | --- | --- |
 * | hsts | over https a Strict-Transport-Security whose max-age is at least `hsts-max-age` (six months) | RFC 6797; MDN HTTP Observatory |
 * | csp | a Content-Security-Policy; for HTML with script-src or default-src, and in it neither 'unsafe-inline' (unless a nonce, a hash or 'strict-dynamic' makes it void), 'unsafe-eval', data: nor all hosts | CSP level 3; OWASP CSP Cheat Sheet |
 * | nosniff | X-Content-Type-Options: nosniff | Fetch Standard; OWASP HTTP Headers Cheat Sheet |
 * | referrer-policy | no-referrer, same-origin, strict-origin or strict-origin-when-cross-origin as the last known value | W3C Referrer Policy; MDN HTTP Observatory |
 * | frame | a CSP frame-ancestors that is not everybody, else X-Frame-Options DENY or SAMEORIGIN | OWASP Clickjacking Defense Cheat Sheet; HTML Standard, X-Frame-Options |
 *
 * Over plain http browsers ignore HSTS: on loopback a warning says that it was not judged, elsewhere it is a failure.
 */
import type { HttpResponse } from '../exchange.ts'
import { isHtml } from '../judge/body.ts'
import type { Found } from '../judge/finding.ts'
import { headerLines, headerTokens } from '../judge/headers.ts'
import { list } from '../judge/show.ts'
import { decodeText } from '../judge/text.ts'
import { parsePolicies, restrictsFraming, type ScriptHole, scriptHoles } from './csp.ts'
import type { SECURITY_RULES } from './options.ts'
import { found, isLoopback, type Preset, type PresetContext, shown } from './preset.ts'
import type { Options } from './schemas.ts'

type SecurityOptions = Options<'security-headers'>
type Rule = (context: PresetContext, response: HttpResponse, options: SecurityOptions) => Found | undefined

export const securityHeaders: Preset<SecurityOptions> = async (context, options) => {
  const { response } = context.probe.observation
  return Object.entries(rules).flatMap(([name, judge]) => {
    if (options.except.some((exception) => exception === name)) return []
    const wrong = judge(context, response, options)
    return wrong === undefined ? [] : [found(context, name, wrong)]
  })
}

const rules: Readonly<Record<(typeof SECURITY_RULES)[number], Rule>> = {
  hsts,
  csp,
  nosniff,
  'referrer-policy': referrerPolicy,
  frame,
}

function hsts(context: PresetContext, response: HttpResponse, options: SecurityOptions): Found | undefined {
  if (response.url.protocol !== 'https:') return plainHttp(response)
  const seconds = options['hsts-max-age'] / 1000
  const subdomains = options['hsts-subdomains'] ? '; includeSubDomains' : ''
  const hint = `Set Strict-Transport-Security: max-age=${Math.max(Math.ceil(seconds), 31_536_000)}${subdomains}.`
  const [line] = headerLines(response, 'strict-transport-security')
  if (line === undefined) return { message: 'There is no Strict-Transport-Security.', hint }
  const served = `Strict-Transport-Security is "${shown(context, line)}"`
  const policy = parseHsts(line)
  if (policy === undefined) {
    return { message: `${served}, which browsers ignore: it needs max-age once, and no directive twice.`, hint }
  }
  if (policy.maxAge === 0 && seconds > 0) return { message: `${served}, which switches it off.`, hint }
  if (policy.maxAge < seconds) return { message: `${served}; a max-age of at least ${seconds} was wanted.`, hint }
  if (options['hsts-subdomains'] && !policy.subdomains)
    return { message: `${served}; includeSubDomains was wanted.`, hint }
  return undefined
}

function plainHttp({ url }: HttpResponse): Found {
  if (isLoopback(url)) {
    const message = 'Strict-Transport-Security was not judged: the answer came over plain http from this machine.'
    return { message, hint: 'Judge the deployed https URL too, or set except: [hsts].', severity: 'warn' }
  }
  return {
    message: `${url.origin} answered over plain http, where browsers ignore Strict-Transport-Security.`,
    hint: 'Check the https URL instead, and http with the preset https-redirect.',
  }
}

/** RFC 6797, section 6.1. */
function parseHsts(line: string): { readonly maxAge: number; readonly subdomains: boolean } | undefined {
  const directives = line
    .split(';')
    .map((directive) => directive.trim())
    .filter((directive) => directive !== '')
    .map((directive) => directive.split('=').map((part) => part.trim()))
  const names = directives.map(([name]) => name?.toLowerCase())
  const value = directives[names.indexOf('max-age')]?.[1]
  const digits = /^(?:"(\d+)"|(\d+))$/.exec(value ?? '')
  if (digits === null || new Set(names).size !== names.length) return undefined
  return { maxAge: Number(digits[1] ?? digits[2]), subdomains: names.includes('includesubdomains') }
}

const HOLES: Readonly<Record<ScriptHole, string>> = {
  any: 'has neither script-src nor default-src, so that scripts may come from anywhere',
  'unsafe-inline': "allows inline scripts ('unsafe-inline')",
  'unsafe-eval': "allows eval ('unsafe-eval')",
  wildcard: 'allows scripts from all hosts',
  data: 'allows scripts in data: URLs',
}

function csp(context: PresetContext, response: HttpResponse, options: SecurityOptions): Found | undefined {
  const html = isPage(response)
  const strict = "default-src 'self'; object-src 'none'; base-uri 'self'; frame-ancestors 'none'"
  const hint = `Set Content-Security-Policy: ${html ? strict : "default-src 'none'; frame-ancestors 'none'"}.`
  const lines = headerLines(response, 'content-security-policy')
  const policies = parsePolicies(lines)
  if (policies.length === 0) {
    const reported = headerLines(response, 'content-security-policy-report-only').length > 0
    const only = reported ? ', only Content-Security-Policy-Report-Only, which protects nobody' : ''
    return { message: `There is no Content-Security-Policy${only}.`, hint }
  }
  const holes = scriptHoles(policies).filter((hole) => !isAllowed(hole, html, options))
  if (holes.length === 0) return undefined
  return {
    message: `Content-Security-Policy ${list(holes.map((hole) => HOLES[hole]))}: "${shown(context, lines.join(', '))}".`,
    hint: holes.includes('unsafe-inline')
      ? "Give inline scripts a nonce or a hash in script-src ('nonce-…', 'sha256-…') instead of 'unsafe-inline'."
      : hint,
  }
}

/** Without HTML there is nothing that could run scripts: OWASP's REST cheat sheet asks for frame-ancestors alone. */
function isAllowed(hole: ScriptHole, html: boolean, options: SecurityOptions): boolean {
  if (hole === 'any') return !html
  return options['csp-allow'].some((allowed) => allowed === hole)
}

function isPage(response: HttpResponse): boolean {
  const decoded = decodeText(response)
  return isHtml(response, decoded.ok ? decoded.text : '')
}

function nosniff(context: PresetContext, response: HttpResponse): Found | undefined {
  const lines = headerLines(response, 'x-content-type-options')
  if (headerTokens(response, 'x-content-type-options')[0] === 'nosniff') return undefined
  const served =
    lines.length === 0
      ? 'There is no X-Content-Type-Options'
      : `X-Content-Type-Options is "${shown(context, lines.join(', '))}"; nosniff was wanted`
  return { message: `${served}.`, hint: 'Set X-Content-Type-Options: nosniff.' }
}

const SAFE_REFERRER = ['no-referrer', 'same-origin', 'strict-origin', 'strict-origin-when-cross-origin']
const LOOSE_REFERRER = ['no-referrer-when-downgrade', 'origin', 'origin-when-cross-origin', 'unsafe-url']

function referrerPolicy(context: PresetContext, response: HttpResponse): Found | undefined {
  const hint = 'Set Referrer-Policy: strict-origin-when-cross-origin, or same-origin or no-referrer.'
  const tokens = headerTokens(response, 'referrer-policy')
  if (tokens.length === 0) return { message: 'There is no Referrer-Policy.', hint }
  const effective = tokens.findLast((token) => SAFE_REFERRER.includes(token) || LOOSE_REFERRER.includes(token))
  if (effective !== undefined && SAFE_REFERRER.includes(effective)) return undefined
  const served = `Referrer-Policy is "${shown(context, tokens.join(', '))}"`
  const why =
    effective === undefined ? 'which no browser knows' : `and ${effective} tells other sites more than is safe`
  return { message: `${served}, ${why}.`, hint }
}

function frame(context: PresetContext, response: HttpResponse): Found | undefined {
  const hint =
    "Set Content-Security-Policy: frame-ancestors 'none' (or 'self'), and X-Frame-Options: DENY for old browsers."
  const restricted = restrictsFraming(parsePolicies(headerLines(response, 'content-security-policy')))
  if (restricted === true) return undefined
  if (restricted === false)
    return { message: 'The frame-ancestors of Content-Security-Policy let all sites frame the page.', hint }
  const values = headerTokens(response, 'x-frame-options')
  if (values.some((value) => value === 'deny' || value === 'sameorigin')) return undefined
  const served =
    values.length === 0
      ? 'Any site may frame the page: there is neither frame-ancestors in Content-Security-Policy nor X-Frame-Options'
      : `Any site may frame the page: browsers ignore X-Frame-Options "${shown(context, values.join(', '))}"`
  return { message: `${served}.`, hint }
}
