/** S3 with conditional writes. `.ci/run` builds the gateway and names it in VERSITYGW. */
import { randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type S3Server, startVersitygw } from '../../../support/servers.ts'
import { conformance } from '../conformance.ts'
import { faults } from '../faults.ts'
import { startRelay } from '../relay.ts'
import { s3Subject } from '../s3-subject.ts'
import { newFolder, openAt, openStore } from '../setup.ts'

const binary = process.env['VERSITYGW']
if (binary === undefined) console.warn('S3 with conditional writes was left out: VERSITYGW names no versitygw.')

describe.skipIf(binary === undefined)('versitygw', () => {
  let server: S3Server
  beforeAll(async () => {
    server = await startVersitygw(binary ?? '')
  })
  afterAll(() => server?.stop())

  conformance('s3', async () => {
    const { endpoint, env, bucket } = server
    return {
      store: (series) => openStore(`s3://${bucket}/backups/site`, series, { endpoint, env }),
      async plant(series, name, content) {
        await (await openAt(`s3://${bucket}/backups/site`, { endpoint, env, series })).put(name, Buffer.from(content))
      },
      stop: async () => {},
    }
  })
  faults('s3', async () => s3Subject(server, true))

  test('refuses a key that is not known and a secret that is wrong, by what is wrong', async () => {
    const { endpoint, env, bucket } = server
    const listed = async (given: Readonly<Record<string, string>>) =>
      (await openAt(`s3://${bucket}`, { endpoint, env: { ...env, ...given } })).list()
    await expect(listed({ AWS_ACCESS_KEY_ID: 'nobody' })).rejects.toThrow(/does not know the access key/)
    await expect(listed({ AWS_SECRET_ACCESS_KEY: 'wrong' })).rejects.toThrow(/is not that of the access key/)
  })

  test('shows an upload that was never finished, and removes it without the object of that name', async () => {
    const { endpoint, env, bucket } = server
    const size = 20_000_000
    const file = join(await newFolder(), 'large')
    await writeFile(file, randomBytes(size))
    await using relay = await startRelay(() => endpoint)
    const objects = await openAt(`s3://${bucket}/unfinished`, { endpoint: relay.endpoint, env })
    const isPart = (url: string) => url.includes('partNumber=')
    relay.fault = ({ method, url }) =>
      isPart(url) || method === 'DELETE' ? { answer: 400, body: '<Error/>' } : undefined
    await expect(objects.put('a', { file, size })).rejects.toMatchObject({ name: 'ActionError' })
    relay.fault = () => undefined
    await objects.put('a', { file, size })
    const [left, ...more] = await objects.unfinished()
    expect(more).toEqual([])
    expect(left?.name).toMatch(/^a\?uploadId=./)
    expect(Math.abs((left?.writtenAt ?? 0) - Date.now())).toBeLessThan(60_000)
    await objects.delete(left?.name ?? '')
    await objects.delete(left?.name ?? '')
    expect(await objects.unfinished()).toEqual([])
    expect(await objects.list()).toMatchObject([{ name: 'a', size }])
  })
})
