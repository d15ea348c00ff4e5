/**
 * Headers that tell clients how much they may still ask.
 *
 * | style | wanted | source |
 * | --- | --- | --- |
 * | structured | RateLimit with r (or remaining) as a whole number; RateLimit-Policy, where sent, with q and w as whole numbers | draft-ietf-httpapi-ratelimit-headers-07 to -10 |
 * | plain | RateLimit-Limit, RateLimit-Remaining and RateLimit-Reset as whole numbers, remaining at most limit | the same draft up to -06 |
 * | x | the same with X-RateLimit-; X-Rate-Limit- too | GitHub's and others' practice |
 * | any | the first of these that is sent | |
 */
import type { HttpResponse } from '../exchange.ts'
import { headerValue } from '../judge/headers.ts'
import { list } from '../judge/show.ts'
import type { Finding } from '../result.ts'
import { found, type Preset, type PresetContext, shown } from './preset.ts'
import type { Options } from './schemas.ts'

type Style = Options<'rate-limit-headers'>['style']

export const rateLimitHeaders: Preset<Options<'rate-limit-headers'>> = async (context, { style }) => {
  const { response } = context.probe.observation
  const chosen = style === 'any' ? sentStyle(response) : style
  if (chosen === 'structured') return judgeStructured(context, response)
  if (chosen === 'plain') return judgePlain(context, response, ['RateLimit-'])
  return chosen === 'x'
    ? judgePlain(context, response, ['X-RateLimit-', 'X-Rate-Limit-'])
    : [absent(context, 'headers', 'rate limit headers')]
}

function sentStyle(response: HttpResponse): Style | undefined {
  const has = (name: string) => headerValue(response, name) !== undefined
  if (has('ratelimit')) return 'structured'
  if (['ratelimit-limit', 'ratelimit-remaining'].some(has)) return 'plain'
  return ['x-ratelimit-limit', 'x-ratelimit-remaining', 'x-rate-limit-limit', 'x-rate-limit-remaining'].some(has)
    ? 'x'
    : undefined
}

function absent(context: PresetContext, rule: string, what: string): Finding {
  const message = `The answer has no ${what}.`
  const hint =
    'Set RateLimit: "default";r=99;t=60 and RateLimit-Policy: "default";q=100;w=60, or X-RateLimit-Limit, -Remaining and -Reset, on every answer of the API.'
  return found(context, rule, { message, hint })
}

/** Members of a structured list with their parameters; the dictionary of draft -07 counts as one member. */
function judgeStructured(context: PresetContext, response: HttpResponse): readonly Finding[] {
  const limit = headerValue(response, 'ratelimit')
  const policy = headerValue(response, 'ratelimit-policy')
  if (limit === undefined) return [absent(context, 'RateLimit', 'header RateLimit')]
  return [
    ...judgeMembers(context, 'RateLimit', limit, ['r', 'remaining'], ['t', 'reset', 'limit']),
    ...(policy === undefined ? [] : judgeMembers(context, 'RateLimit-Policy', policy, ['q', 'w'], [])),
  ]
}

function judgeMembers(
  context: PresetContext,
  header: string,
  value: string,
  needed: readonly string[],
  optional: readonly string[],
): readonly Finding[] {
  const isPolicy = header === 'RateLimit-Policy'
  const wrong = parseMembers(value, isPolicy).some((parameters) => {
    const present = needed.filter((name) => parameters.has(name))
    const enough = isPolicy ? present.includes('w') && present.includes('q') : present.length > 0
    const numbers = [...needed, ...optional].every((name) => /^\d+$/.test(parameters.get(name) ?? '0'))
    return !enough || !numbers
  })
  if (!wrong) return []
  const wanted = isPolicy ? 'q (quota) and w (window in seconds)' : 'r (remaining)'
  const message = `${header} is "${shown(context, value)}"; ${wanted} as whole numbers were wanted.`
  const hint = isPolicy ? 'Set RateLimit-Policy: "default";q=100;w=60.' : 'Set RateLimit: "default";r=99;t=60.'
  return [found(context, header, { message, hint })]
}

function parseMembers(value: string, isPolicy: boolean): readonly ReadonlyMap<string, string>[] {
  const members = splitOutsideQuotes(value, ',')
  // Draft -07: RateLimit: limit=100, remaining=50, reset=5, and RateLimit-Policy: 100;w=60
  if (members.every((member) => /^[a-z]+=\d+$/.test(member))) return [parameters(members)]
  return members.map((member) => {
    const [name = '', ...rest] = splitOutsideQuotes(member, ';')
    return parameters(isPolicy && /^\d+$/.test(name) ? [`q=${name}`, ...rest] : rest)
  })
}

function parameters(parts: readonly string[]): ReadonlyMap<string, string> {
  return new Map(parts.map((part) => part.split('=', 2)).map(([name = '', value = '']) => [name.trim(), value.trim()]))
}

/** In one pass: an expression for it takes a time that grows with the square of a value with unclosed quotes. */
function splitOutsideQuotes(text: string, separator: ',' | ';'): readonly string[] {
  const parts: string[] = []
  let from = 0
  let isQuoted = false
  for (let index = 0; index < text.length; index++) {
    const character = text[index]
    if (isQuoted && character === '\\') index++
    else if (character === '"') isQuoted = !isQuoted
    else if (character === separator && !isQuoted) {
      parts.push(text.slice(from, index))
      from = index + 1
    }
  }
  parts.push(text.slice(from))
  return parts.map((part) => part.trim()).filter((part) => part !== '')
}

function judgePlain(context: PresetContext, response: HttpResponse, prefixes: readonly string[]): readonly Finding[] {
  const prefix = prefixes.find((one) => headerValue(response, `${one}Limit`) !== undefined) ?? prefixes[0] ?? ''
  const names = ['Limit', 'Remaining', 'Reset'].map((name) => `${prefix}${name}`)
  const served = names.map((name) => ({ name, value: headerValue(response, name) }))
  const missing = served.filter(({ value }) => value === undefined).map(({ name }) => name)
  if (missing.length > 0) return [absent(context, 'headers', list(missing))]
  const wrong = served.filter(({ name, value = '' }) => !isFigure(name, value))
  if (wrong.length > 0) {
    const figures = list(wrong.map(({ name, value = '' }) => `${name} is "${shown(context, value)}"`))
    const message = `${figures}; whole numbers of 0 or more were wanted.`
    return [
      found(context, 'headers', {
        message,
        hint: 'Send plain numbers: requests for limit and remaining, seconds for reset.',
      }),
    ]
  }
  const [limit = 0, remaining = 0] = served.map(({ value = '' }) => Number.parseInt(value, 10))
  if (remaining <= limit) return []
  const message = `${prefix}Remaining is ${remaining}, more than the ${limit} of ${prefix}Limit.`
  return [found(context, 'headers', { message, hint: 'Count both in the same unit and for the same window.' })]
}

/** Earlier drafts append policies to the limit (`100, 100;w=60`); X-RateLimit-Reset may have decimals (Discord) or be a date. */
function isFigure(name: string, value: string): boolean {
  if (name.endsWith('Limit')) return /^\d+(?:\s*[,;].*)?$/.test(value)
  if (!name.endsWith('Reset')) return /^\d+$/.test(value)
  return /^\d+(?:\.\d+)?$/.test(value) || !Number.isNaN(Date.parse(value))
}
