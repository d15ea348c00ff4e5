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
  return { name: NAME, value: { version: 1, checks }, place, origin: (pointer) => place(pointer).replace('I', 'i') }
}

function parseLine(line: string, place: string, names: Set<string>, problems: Problems): Json {
  const refuse = (message: string, hint: string) => problems.add({ source: NAME, place, key: '', message, hint })
  const start = line.search(/https?:\/\/|\$\{/i)
  if (start === -1) {
    const [, host] = /^(?:.*=)?\s*([\w-]+(?:\.[\w-]+)*\S*)/.exec(line) ?? []
    refuse('There is no URL.', `Write [name=]URL [status], as api=https://${shorten(host ?? 'api.example.com')} 200.`)
  } else if (start > 0 && !/=\s*$/.test(line.slice(0, start))) {
    refuse('Text stands before the URL.', 'Write a name and = before it, as api=https://api.example.com, or nothing.')
  }
  const [url = '', status, ...more] = line.slice(Math.max(0, start)).split(/\s+/)
  if (more.length > 0) refuse('More than a status stands behind the URL.', 'Write spaces in a URL as %20.')
  const given = line
    .slice(0, Math.max(0, start))
    .replace(/\s*=\s*$/, '')
    .trim()
  if (start > 0 && given === '') refuse('The name before = is empty.', 'Write one, or leave out the =.')
  const name = given === '' ? unusedName(url, names) : given
  names.add(name)
  return {
    name,
    url: start === -1 ? 'https://no-url.invalid' : url,
    ...(status !== undefined && { status: parseStatus(status) }),
  }
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
