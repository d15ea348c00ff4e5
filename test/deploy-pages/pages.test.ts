/** Answers of Cloudflare's API that are none. */
import { expect, it } from 'vitest'
import { createPages } from '../../actions/deploy-pages/pages.ts'
import { createCloudflare } from '../../src/cloudflare.ts'

function pagesThatAnswer(body: ReadableStream) {
  const { signal } = new AbortController()
  const answer: typeof fetch = async () => new Response(body)
  const credentials = { apiToken: 't', apiBaseUrl: 'https://api.test' }
  return createPages(createCloudflare(credentials, { fetch: answer, signal }), 'a')
}

it('gives up an answer that does not end, instead of filling the memory with it', async () => {
  let sent = 0
  const endless = new ReadableStream({
    pull(controller) {
      sent += 1_000_000
      controller.enqueue(new Uint8Array(1_000_000).fill(32))
    },
  })
  const answer = await pagesThatAnswer(endless).readProject('site')
  expect(answer).toMatchObject({ kind: 'unavailable', message: 'an answer of more than 8.0 MB' })
  expect(sent).toBeLessThan(12_000_000)
})

it('reads an answer in pieces, also where a piece ends within a character', async () => {
  const text = JSON.stringify({ success: true, result: [{ id: 'é🚢', url: 'https://d1.site.pages.dev' }] })
  const bytes = Buffer.from(text)
  const pieces = new ReadableStream({
    start(controller) {
      for (const byte of bytes) controller.enqueue(new Uint8Array([byte]))
      controller.close()
    },
  })
  const answer = await pagesThatAnswer(pieces).listDeployments('site', { page: 1 })
  expect(answer).toMatchObject({ kind: 'ok', result: [{ id: 'é🚢' }] })
})
