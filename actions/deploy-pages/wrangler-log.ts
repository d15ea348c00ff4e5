/** What wrangler writes about its requests into its log file, and nowhere else while it repeats them. */
import { open, readdir } from 'node:fs/promises'
import { join } from 'node:path'

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
  const answers = [...log.matchAll(/^-- START CF API RESPONSE: .*?(\d{3})$/gm)]
  const status = Number(answers.at(-1)?.[1] ?? 0)
  if (status < 400) return undefined
  const [, , note] = [...log.slice(answers.at(-1)?.index).matchAll(/text: (['"`])(.*? \[code: \d+\])\1/g)].at(-1) ?? []
  return note ?? `HTTP ${status}`
}

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
