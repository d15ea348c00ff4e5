/** The quick form: `[name=]URL [status]`, one a line. */
import type { Json } from '../check.ts'
import { shorten } from './pointer.ts'
import type { Problems, Source } from './problems.ts'

const NAME = 'Input urls'

/** As a checks file that says the same. Lines that begin with # are comments. */
export function parseQuick(lines: readonly string[], problems: Problems): Source {
  const written = lines.map((line, index) => ({ text: line.trim(), number: index + 1 }))
  const entries = written.filter(({ text }) => text !== '' && !text.startsWith('#'))
  const names = new Set<string>()
  const checks = entries.map(({ text, number }) => parseLine(text, `${NAME}, line ${number}`, names, problems))
  const numberOf = (pointer: string) => entries[Number(pointer.split('/')[2])]?.number
  const place = (pointer: string) => {
    const number = numberOf(pointer)
    return number === undefined ? NAME : `${NAME}, line ${number}`
  }
  const origin = (pointer: string) => place(pointer).replace('I', 'i')
  return { name: NAME, value: { version: 1, checks }, place, origin, emptyHint: () => '' }
}

type Refuse = (message: string, hint: string) => void

function parseLine(line: string, place: string, names: Set<string>, problems: Problems): Json {
  const refuse: Refuse = (message, hint) => problems.add({ source: NAME, place, key: '', message, hint })
  const start = line.search(URL_START)
  const before = line.slice(0, Math.max(0, start))
  const behind = line.slice(Math.max(0, start)).split(/\s+/)
  const isWhole =
    start === -1 ? refuseNoUrl(line, refuse) : reportBefore(before, refuse) && reportBehind(behind, refuse)
  const [url = '', status] = isWhole ? behind : ['https://no-url.invalid']
  const given = before.replace(/\s*=\s*$/, '').trim()
  const name = given === '' ? unusedName(url, names) : given
  names.add(name)
  return { name, url, ...(status !== undefined && { status: parseStatus(status) }) }
}

/** With a scheme, or with a variable; that of a shell is refused when the check is read. */
const URL_START = /https?:\/\/|\$\{|\$(?=[A-Za-z_])/i

/** @returns false, as what follows does when there is nothing to go on with */
function refuseNoUrl(line: string, refuse: Refuse): boolean {
  const [, host = 'api.example.com/healthz'] = /^(?:.*=)?\s*([\w-]+(?:\.[\w-]+)+\S*|localhost\S*)/.exec(line) ?? []
  refuse('There is no URL.', `Write [name=]URL [status], as api=https://${shorten(host)} 200.`)
  return false
}

function reportBefore(before: string, refuse: Refuse): boolean {
  if (before === '' || /[^=\s]\s*=\s*$/.test(before)) return true
  if (/=\s*$/.test(before)) refuse('The name before = is empty.', 'Write one, or leave out the =.')
  else if (/:\s*$/.test(before))
    refuse('A colon stands before the URL.', 'Write = instead, as api=https://api.example.com.')
  else
    refuse('Text stands before the URL.', 'Write a name and = before it, as api=https://api.example.com, or nothing.')
  return true
}

function reportBehind([url = '', ...behind]: readonly string[], refuse: Refuse): boolean {
  if (/[,;](?:$|https?:\/\/|\$)/i.test(url) || behind.some((part) => URL_START.test(part))) {
    const hint = 'Write one check a line. In a URL a comma is %2C, and a semicolon %3B.'
    refuse('More than one URL stands in the line, or a comma behind it.', hint)
    return false
  }
  if (behind.length > 1) refuse('More than a status stands behind the URL.', 'Write spaces in a URL as %20.')
  return true
}

/** Host and path; whatever a query holds is not for showing. */
function unusedName(url: string, names: ReadonlySet<string>): string {
  const plain = url.replace(/^https?:\/\//i, '').replace(/[?#].*$/, '')
  const base =
    shorten(
      plain
        .replace(/^[^/]*@/, '')
        .replace(/\$\{(\w+)\}/g, '$1')
        .replace(/\/$/, ''),
      190,
    ) || 'check'
  for (let number = 1; ; number++) {
    const name = number === 1 ? base : `${base} (${number})`
    if (!names.has(name)) return name
  }
}

/** `200`, `2xx`, or several with commas between. What it may be is for the schema to say. */
function parseStatus(text: string): Json {
  const one = (part: string) => (/^\d{1,5}$/.test(part) ? Number(part) : part)
  return text.includes(',') ? text.split(',').map(one) : one(text)
}
