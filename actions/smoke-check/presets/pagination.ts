/**
 * A list in pages: the limit is honoured, and the next page is another one.
 *
 * | rule | wanted | source |
 * | --- | --- | --- |
 * | list | JSON with a list at `items` (left out: the answer itself, or its items, data or results) | the API's own contract |
 * | limit | with `limit` in the query at most that many items | common practice: Stripe, GitHub, Django REST Framework |
 * | next | a next page: by offset or page number, by the cursor at `next`, or by the link with rel=next on the same origin | RFC 8288, section 3 for Link |
 * | next page | at most `limit` items, none of them on the first page | |
 *
 * A list that is too short to have a second page proves nothing: that is a warning.
 */
import type { Json } from '../check.ts'
import type { HttpResponse } from '../exchange.ts'
import { readJson } from '../judge/body.ts'
import { headerLines } from '../judge/headers.ts'
import { select } from '../judge/json-path.ts'
import { count, show } from '../judge/show.ts'
import { describeStatus } from '../judge/status.ts'
import type { Finding } from '../result.ts'
import { ask, found, type Preset, type PresetContext, shown, shownUrl } from './preset.ts'
import type { Options } from './schemas.ts'

type PageOptions = Options<'pagination'>

const LISTS = ['$', '$.items', '$.data', '$.results']
const CURSORS = ['$.next_cursor', '$.nextCursor', '$.meta.next_cursor', '$.meta.nextCursor', '$.pagination.next_cursor']

export const pagination: Preset<PageOptions> = async (context, options) => {
  const first = await askPage(context, options, 'The first page', firstUrl(context.probe.url, options))
  if (!first.ok) return first.findings
  const limited = judgeLimit(context, options, 'The first page', first.items)
  if (limited.length > 0) return limited
  if (first.items.length < options.limit) return [tooShort(context, options, first.items.length)]
  const next = nextUrl(context, options, first)
  if (next === undefined) return [noNext(context, options)]
  if (next.origin !== context.probe.url.origin) return [elsewhere(context, next)]
  const second = await askPage(context, options, 'The next page', next)
  return second.ok ? judgeNext(context, options, first, second) : second.findings
}

interface Page {
  readonly response: HttpResponse
  readonly json: Json
  readonly items: readonly Json[]
}

type PageAnswer = ({ readonly ok: true } & Page) | { readonly ok: false; readonly findings: readonly Finding[] }

async function askPage(context: PresetContext, options: PageOptions, what: string, url: URL): Promise<PageAnswer> {
  const answer = await ask(context, 'list', { url, method: 'GET' })
  if (!answer.ok) return answer
  const { response } = answer
  const { redact } = context.probe.observation
  const wrong = (message: string, hint: string) => ({
    ok: false as const,
    findings: [found(context, 'list', { message, hint })],
  })
  const from = `${what} (${shownUrl(context, url.pathname + url.search)})`
  if (response.status < 200 || response.status > 299) {
    return wrong(`${from} is ${describeStatus(response)}.`, 'Check limit-parameter, parameter and first-page.')
  }
  const json = readJson(response, redact)
  if (!json.ok) return wrong(`${from} is ${json.problem}; JSON was wanted.`, 'Give the URL of the list itself.')
  const items = itemsOf(json.value, options)
  if (items !== undefined) return { ok: true, response, json: json.value, items }
  const where = options.items ?? 'the top, nor at items, data or results'
  return wrong(
    `${from} has no list at ${where}: ${show(json.value, redact)}.`,
    'Set items to the JSONPath of the list.',
  )
}

function itemsOf(json: Json, { items }: PageOptions): readonly Json[] | undefined {
  const paths = items === undefined ? LISTS : [items]
  return paths.map((path) => only(json, path)).find((value): value is readonly Json[] => Array.isArray(value))
}

function only(json: Json, path: string): Json | undefined {
  const selection = select(path, json)
  return selection.ok && selection.matches.length === 1 ? selection.matches[0]?.value : undefined
}

function firstUrl(url: URL, options: PageOptions): URL {
  const first = withParameter(url, options['limit-parameter'], options.limit)
  return options.style === 'page' ? withParameter(first, options.parameter ?? 'page', options['first-page']) : first
}

function nextUrl(context: PresetContext, options: PageOptions, first: Page): URL | undefined {
  const { style, limit } = options
  const base = firstUrl(context.probe.url, options)
  if (style === 'offset')
    return withParameter(base, options.parameter ?? 'offset', offsetOf(context.probe.url, options) + limit)
  if (style === 'page') return withParameter(base, options.parameter ?? 'page', options['first-page'] + 1)
  const target = style === 'link' && options.next === undefined ? linkOf(first.response) : cursorOf(first.json, options)
  if (target === undefined) return undefined
  if (style === 'cursor') return withParameter(base, options.parameter ?? 'cursor', target)
  return URL.parse(target, first.response.url.href) ?? undefined
}

function offsetOf(url: URL, options: PageOptions): number {
  const given = Number(url.searchParams.get(options.parameter ?? 'offset') ?? 0)
  return Number.isInteger(given) ? given : 0
}

function cursorOf(json: Json, { next }: PageOptions): string | undefined {
  const found = (next === undefined ? CURSORS : [next]).map((path) => only(json, path))
  const cursor = found.find((value) => (typeof value === 'string' && value !== '') || typeof value === 'number')
  return cursor === undefined ? undefined : String(cursor)
}

/** The target of the link with rel=next (RFC 8288). */
function linkOf(response: HttpResponse): string | undefined {
  const links = headerLines(response, 'link').flatMap((line) => line.split(/,(?=\s*<)/))
  const next = links.find((link) => relationsOf(link).includes('next'))
  return /^\s*<([^>]*)>/.exec(next ?? '')?.[1]
}

function relationsOf(link: string): readonly string[] {
  const [, quoted, plain] = /;\s*rel\s*=\s*(?:"([^"]*)"|([^\s;"]+))/i.exec(link) ?? []
  return (quoted ?? plain ?? '').toLowerCase().split(/\s+/)
}

function withParameter(url: URL, name: string, value: string | number): URL {
  const changed = new URL(url.href)
  changed.searchParams.set(name, String(value))
  return changed
}

function judgeLimit(
  context: PresetContext,
  options: PageOptions,
  what: string,
  items: readonly Json[],
): readonly Finding[] {
  const { limit } = options
  if (items.length <= limit) return []
  const parameter = options['limit-parameter']
  const message = `${what} has ${count(items.length, 'item')}, although ${parameter}=${limit} was asked for.`
  const hint = `Let ${parameter} limit the list, or set limit-parameter to the parameter that does.`
  return [found(context, 'limit', { message, hint })]
}

function judgeNext(context: PresetContext, options: PageOptions, first: Page, second: Page): readonly Finding[] {
  const limited = judgeLimit(context, options, 'The next page', second.items)
  if (limited.length > 0) return limited
  if (second.items.length === 0) return [tooShort(context, options, first.items.length)]
  const known = new Set(first.items.map((item) => JSON.stringify(item)))
  const repeated = second.items.filter((item) => known.has(JSON.stringify(item))).length
  if (repeated === 0) return []
  const message = `${repeated} of the ${count(second.items.length, 'item')} on the next page ${repeated === 1 ? 'is' : 'are'} on the first one too.`
  const parameter = options.parameter ?? options.style
  const hint =
    options.style === 'link'
      ? 'Let the link with rel=next lead to the items after the last one.'
      : `Let ${parameter} choose the page (or set parameter and style to what does), and sort by something unique.`
  return [found(context, 'next page', { message, hint })]
}

function tooShort(context: PresetContext, { limit }: PageOptions, items: number): Finding {
  const message = `The list has ${count(items, 'item')}; a next page after ${limit} could not be judged.`
  return found(context, 'next page', {
    message,
    hint: 'Check a list with more items, or set a lower limit.',
    severity: 'warn',
  })
}

/** Missing though there is more is wrong; with nothing known about more it proves nothing. */
function noNext(context: PresetContext, options: PageOptions): Finding {
  const { response, redact } = context.probe.observation
  const whole = readJson(response, redact)
  const total = whole.ok ? (itemsOf(whole.value, options)?.length ?? 0) : 0
  if (total <= options.limit) return tooShort(context, options, Math.max(total, options.limit))
  const where =
    options.style === 'link' && options.next === undefined
      ? 'link with rel=next in the header Link'
      : `cursor or URL at ${options.next ?? CURSORS.join(' or ')}`
  const message = `The first page has no ${where}, although there are ${count(total, 'item')} or more.`
  return found(context, 'next', { message, hint: 'Set next to the JSONPath of the cursor or URL of the next page.' })
}

function elsewhere(context: PresetContext, next: URL): Finding {
  const message = `The link to the next page leads to another origin, ${shown(context, next.origin)}; it was not followed.`
  const hint =
    'Let the application know its public URL: X-Forwarded-Proto and Host through the proxy, Django USE_X_FORWARDED_HOST and SECURE_PROXY_SSL_HEADER.'
  return found(context, 'next', { message, hint })
}
