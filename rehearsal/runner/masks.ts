/**
 * Hides secrets in everything that is printed or kept. As the runner does: the whole value, each of its lines, and the
 * encodings that the runner derives by itself (actions/runner ValueEncoders.cs); an action has to mask any other.
 */
export class Masks {
  readonly #values = new Set<string>()

  add(secret: string): void {
    if (secret.trim() === '') return
    for (const value of [secret, ...secret.split(/\r?\n/).map((line) => line.trim())]) {
      for (const encoding of [value, ...encodings(value)]) if (encoding !== '') this.#values.add(encoding)
    }
  }

  /** Overlapping and adjacent secrets become one `***`. */
  hide(text: string): string {
    const found = [...this.#values].flatMap((value) => occurrences(text, value)).sort((a, b) => a.start - b.start)
    let result = ''
    let end = 0
    let hidden = false
    for (const hit of found) {
      if (!hidden || hit.start > end) result += `${text.slice(end, hit.start)}***`
      end = Math.max(end, hit.end)
      hidden = true
    }
    return result + text.slice(end)
  }

  /** Whether the text holds a secret. */
  touches(text: string): boolean {
    return [...this.#values].some((value) => text.includes(value))
  }

  /** The same value with every string in it hidden. */
  hideIn<T>(value: T): T {
    return JSON.parse(JSON.stringify(value), (_key, item) => (typeof item === 'string' ? this.hide(item) : item))
  }
}

interface Hit {
  readonly start: number
  readonly end: number
}

function occurrences(text: string, value: string): readonly Hit[] {
  const hits: Hit[] = []
  for (let start = text.indexOf(value); start >= 0; start = text.indexOf(value, start + 1)) {
    hits.push({ start, end: start + value.length })
  }
  return hits
}

function encodings(value: string): readonly string[] {
  return [
    ...[0, 1, 2].map((shift) => base64Core(value, shift)),
    JSON.stringify(value).slice(1, -1),
    value.replaceAll("'", "''"),
    encodeURIComponent(value.toWellFormed()),
    value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;'),
    value.replace(/^"+|"+$/g, ''),
  ]
}

/** The characters of a base64 text that depend on the value alone when it starts `shift` bytes into a group of three. */
function base64Core(value: string, shift: number): string {
  const bytes = Buffer.from(value).subarray(shift === 0 ? 0 : 3 - shift)
  return bytes.toString('base64').replace(/=+$/, '')
}
