/** Addresses of proxies hold passwords: what is wrong with one is said without it. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { type BundleOptions, runBundle } from '../support/bundle.ts'

const INPUTS = {
  'github-token': 'a-token',
  'job-token': 'a-token',
  'job-status': 'success',
  'log-url': '',
  'job-index': '0',
}

/** Ends before a request is made: with the proxy, or else with the missing environment. */
const run = (env: NonNullable<BundleOptions['env']>) =>
  runBundle('create-deployment', { inputs: { ...INPUTS, environment: '' }, env })

const FULL =
  'Write its address in full, as in http://proxy.example.com:8080, with special characters of a user name or a password as percent escapes.'

describe('an address that is none, with what is wrong and nothing of its password', { concurrent: true }, () => {
  it.each<readonly [string, string, string]>([
    ['no address', 'not a proxy', `it does not begin with http:// or https://.\n${FULL}`],
    ['no scheme', 'deploy:S3cretPw@proxy.test:8080', `it does not begin with http:// or https://.\n${FULL}`],
    ['another scheme', 'ftp://deploy:S3cretPw@proxy.test', `it begins with ftp://.\n${FULL}`],
    ['a port that is none', 'http://deploy:S3cretPw@proxy.test:99999', `it is no valid URL.\n${FULL}`],
    ['a space in the host', 'http://deploy:S3cretPw@pro xy.test:80', `it is no valid URL.\n${FULL}`],
    ['a slash in the password', 'http://deploy:S3cretPw/x@proxy.test:80', `it is no valid URL.\n${FULL}`],
    [
      'a percent sign in the password',
      'http://deploy:S3cretPw%zz@proxy.test:80',
      `a % in its user name or password begins no percent escape.\n${FULL}`,
    ],
    [
      'SOCKS',
      'socks5://deploy:S3cretPw@proxy.test:1080',
      'it begins with socks5://.\nName an HTTP proxy, with http:// or https://: Node speaks SOCKS only as an experiment.',
    ],
  ])('%s', async (_, address, reason) => {
    const result = await run({ HTTPS_PROXY: address, RUNNER_DEBUG: '1' })
    expect(result.exitCode).toBe(1)
    expect(result.annotations.map(({ message }) => message)).toEqual([
      `HTTPS_PROXY names no proxy that can be used: ${reason}`,
    ])
    expect(`${result.stdout}${result.stderr}${result.summary}`).not.toContain('S3cretPw')
    if (address.includes('S3cretPw')) expect(result.masks.some((mask) => mask.startsWith('S3cretPw'))).toBe(true)
  })

  it('each variable is looked at, the lower-case ones too', async () => {
    const { annotations } = await run({ HTTP_PROXY: 'http://127.0.0.1:9', http_proxy: 'socks://127.0.0.1:9' })
    expect(annotations[0]?.message).toMatch(/^http_proxy names no proxy that can be used: it begins with socks:\/\/\./)
  })
})

it('masks the password of a proxy that can be used, as it is written and as it reads, and no user name', async () => {
  const { masks, annotations } = await run({ HTTPS_PROXY: 'http://deploy:p%40ss%20word@127.0.0.1:9' })
  expect(masks).toEqual(expect.arrayContaining(['p%40ss%20word', 'p@ss word']))
  expect(masks).not.toContain('deploy')
  expect(annotations[0]?.message).toMatch(/^Input environment is empty/)

  const { masks: named } = await run({ HTTPS_PROXY: 'http://deploy@127.0.0.1:9' })
  expect(named).not.toContain('deploy')
})

it('says that the Node of an older runner cannot use a proxy, and needs it for nothing else', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'slipway-old-node-'))
  try {
    const script = join(folder, 'older.cjs')
    // What Node before 24.14 is to the action: one without this function.
    await writeFile(
      script,
      "delete require('node:http').setGlobalProxyFromEnv\nrequire('node:module').syncBuiltinESMExports()\n",
    )
    const older = { NODE_OPTIONS: `--require ${script}` }
    const { exitCode, annotations } = await run({ ...older, HTTPS_PROXY: 'http://127.0.0.1:9' })
    expect([exitCode, ...annotations.map(({ message }) => message)]).toEqual([
      1,
      `HTTPS_PROXY is set, but this runner's Node ${process.version} cannot use a proxy.\n` +
        'Update the runner: from Node 24.14 on it can. Or unset the variable, if the runner reaches the network without it.',
    ])
    const without = await run(older)
    expect(without.annotations[0]?.message).toMatch(/^Input environment is empty/)
  } finally {
    await rm(folder, { recursive: true })
  }
})
