/** What is larger than a test's memory should be goes through the double, and stays on the disk. */
import { type ChildProcess, fork } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { request } from 'node:http'
import { resolve } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import * as v from 'valibot'
import { expect, test } from 'vitest'

const MIB = 1024 * 1024
const SIZE = 300 * MIB
const Asset = v.object({ url: v.string(), size: v.number(), digest: v.string() })

test('an asset of 300 MiB goes up and down in less than 100 MiB of memory', async () => {
  const child = fork(resolve(import.meta.dirname, '../fixtures/github-process.ts'))
  try {
    const { apiUrl, token } = v.parse(v.object({ apiUrl: v.string(), token: v.string() }), await answerOf(child))
    const authorization = `Bearer ${token}`
    const releases = `${apiUrl}/repos/octo-org/site/releases`
    const body = JSON.stringify({ tag_name: 'large', draft: true })
    const release = await fetch(releases, { method: 'POST', headers: { authorization }, body })
    const { id } = v.parse(v.object({ id: v.number() }), await release.json())
    const before = await peakOf(child)
    const asset = v.parse(Asset, await upload(`${releases}/${id}/assets?name=large`, authorization))
    expect(asset).toMatchObject({ size: SIZE, digest: `sha256:${digest}` })
    const headers = { authorization, accept: 'application/octet-stream' }
    const { body: content } = await fetch(asset.url, { headers })
    const hash = createHash('sha256')
    for await (const chunk of content ?? []) hash.update(chunk)
    expect(hash.digest('hex')).toBe(digest)
    expect((await peakOf(child)) - before).toBeLessThan(100)
  } finally {
    child.disconnect()
    await once(child, 'exit')
  }
})

function* content() {
  for (let at = 0; at < SIZE; at += MIB) yield Buffer.alloc(MIB, `block ${at}`)
}

const digest = digestOfAll()

function digestOfAll(): string {
  const hash = createHash('sha256')
  for (const block of content()) hash.update(block)
  return hash.digest('hex')
}

async function upload(url: string, authorization: string): Promise<unknown> {
  const headers = { authorization, 'content-type': 'application/zstd', 'content-length': SIZE }
  const asked = request(url, { method: 'POST', headers })
  const [[answer]] = await Promise.all([once(asked, 'response'), pipeline(Readable.from(content()), asked)])
  return JSON.parse(Buffer.concat(await answer.toArray()).toString())
}

async function answerOf(child: ChildProcess): Promise<unknown> {
  const [message] = await once(child, 'message')
  return message
}

async function peakOf(child: ChildProcess): Promise<number> {
  child.send('peak')
  return v.parse(v.object({ peak: v.number() }), await answerOf(child)).peak
}
