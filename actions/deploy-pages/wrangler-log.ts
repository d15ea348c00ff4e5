/** What Cloudflare answered to wrangler, which says it in its log file at most. */
import { open, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { cutLine } from './lines.ts'

/** Bytes of the end that are read; one refused request fills about two thousand. */
const TAIL = 64 * 1024

/**
 * Cloudflare's last answer to a wrangler that was killed, where that was a refusal: `Authorization failed [code: 8000013]`
 * or `HTTP 502`. wrangler leaves bodies and headers out of this file by itself.
 */
export async function readLastRefusal(folder: string): Promise<string | undefined> {
  const [name] = (await readdir(folder).catch(() => []))
    .filter((file) => file.endsWith('.log'))
    .toSorted()
    .toReversed()
  return name === undefined ? undefined : lastRefusalIn(await tailOf(join(folder, name)))
}

export function lastRefusalIn(log: string): string | undefined {
  const lines = log.split('\n').map(cutLine)
  const last = lines.findLastIndex((line) => ANSWER.test(line))
  const status = Number(ANSWER.exec(lines[last] ?? '')?.[1] ?? 0)
  if (status < 400) return undefined
  const note = lines.slice(last).findLast((line) => NOTE.test(line)) ?? ''
  return NOTE.exec(note)?.[2] ?? `HTTP ${status}`
}

const ANSWER = /^-- START CF API RESPONSE: .*?(\d{3})$/
const NOTE = /text: (['"`])(.*? \[code: \d+\])\1/

async function tailOf(path: string): Promise<string> {
  const file = await open(path).catch(() => undefined)
  if (file === undefined) return ''
  try {
    const { size } = await file.stat()
    const start = Math.max(0, size - TAIL)
    const { buffer, bytesRead } = await file.read(Buffer.alloc(size - start), 0, size - start, start)
    return buffer.toString('utf8', 0, bytesRead)
  } finally {
    await file.close()
  }
}

/**
 * An option for Node that has it note the status of each of Cloudflare's answers in a file, the last one over the others.
 * A wrangler that fails at once ends before its log is written, and its record has no status. Its undici tells of each
 * answer on a channel of node:diagnostics_channel.
 */
export function noteStatus(file: string, apiBaseUrl: string): string {
  const origin = JSON.stringify(new URL(apiBaseUrl).origin)
  const module = `
    import { subscribe } from 'node:diagnostics_channel'
    import { writeFileSync } from 'node:fs'
    subscribe('undici:request:headers', ({ request, response }) => {
      if (String(request.origin) === ${origin}) writeFileSync(${JSON.stringify(file)}, String(response.statusCode))
    })`
  return `--import=data:text/javascript,${encodeURIComponent(module)}`
}
