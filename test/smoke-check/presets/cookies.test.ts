/** What a stranger, a plain http request or a preflight must not have: the cookies of the check's session. */
import { expect, it } from 'vitest'
import type { Check } from '../../../actions/smoke-check/check.ts'
import { startHttp } from '../../support/tls.ts'
import { runAt } from './setup.ts'

it.each<readonly [string, Partial<Check>, readonly (string | undefined)[]]>([
  [
    'not-public',
    { presets: [{ name: 'not-public', options: { paths: ['/'], graphql: '/' } }] },
    [undefined, undefined],
  ],
  ['https-redirect', { presets: [{ name: 'https-redirect', options: {} }] }, [undefined]],
  ['a preflight', { cors: [{ origin: 'https://app.example', allowed: true }] }, ['session=abc', undefined]],
  ['csrf, which starts anew,', { presets: [{ name: 'csrf', options: {} }] }, [undefined, 'session=abc']],
  ['no-debug, which asks as the check does,', { presets: [{ name: 'no-debug', options: {} }] }, ['session=abc']],
])('%s is asked with the right cookies', async (_name, check, expected) => {
  const seen: (string | undefined)[] = []
  await using server = await startHttp((request, response) => {
    seen.push(request.headers.cookie)
    response.writeHead(200, { 'set-cookie': 'session=abc; Path=/', 'access-control-allow-origin': '*' }).end()
  })
  await runAt(server.origin, { check })
  expect(seen).toEqual([undefined, ...expected]) // the check's own request comes first
})
