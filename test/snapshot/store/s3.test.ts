import { randomBytes } from 'node:crypto'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type S3Server, startS3rver } from '../../support/servers.ts'
import { conformance } from './conformance.ts'
import { faults } from './faults.ts'
import { startRelay } from './relay.ts'
import { s3Subject } from './s3-subject.ts'
import { newFolder, openAt, openStore } from './setup.ts'

let server: S3Server
beforeAll(async () => {
  server = await startS3rver()
})
afterAll(() => server.stop())

conformance(
  's3 (without conditional writes)',
  async () => {
    const { endpoint, env, bucket } = server
    return {
      store: (series) => openStore(`s3://${bucket}/backups/site`, series, { endpoint, env }),
      async plant(series, name, content) {
        await (await openAt(`s3://${bucket}/backups/site`, { endpoint, env, series })).put(name, Buffer.from(content))
      },
      stop: async () => {},
    }
  },
  { exclusive: false },
)

faults('s3', async () => s3Subject(server, false))

test('lists more than a thousand objects', async () => {
  const { endpoint, env, bucket } = server
  const objects = await openAt(`s3://${bucket}/many`, { endpoint, env })
  const names = Array.from({ length: 1030 }, (_, index) => `a-${String(index).padStart(4, '0')}`)
  for (let start = 0; start < names.length; start += 32) {
    await Promise.all(names.slice(start, start + 32).map((name) => objects.put(name, Buffer.from('x'))))
  }
  expect((await objects.list()).map(({ name }) => name).toSorted()).toEqual(names)
})

test('shows nothing of an upload whose server died, and takes it once the server is back', async () => {
  const folder = await newFolder()
  const size = 20_000_000
  const file = join(folder, 'large')
  await writeFile(file, randomBytes(size))
  let target = await startS3rver(join(folder, 'data'))
  await using relay = await startRelay(() => target.endpoint)
  const objects = await openAt(`s3://${target.bucket}/dies`, { endpoint: relay.endpoint, env: target.env })
  let parts = 0
  relay.fault = ({ url }) => {
    if (!url.includes('partNumber=')) return undefined
    if (++parts === 2) void target.kill()
    return parts < 2 ? undefined : 'cut-request'
  }
  await expect(objects.put('a', { file, size })).rejects.toMatchObject({ name: 'ActionError' })
  relay.fault = () => undefined
  target = await startS3rver(join(folder, 'data'))
  expect(await objects.list()).toEqual([])
  expect(await objects.stat('a')).toBeUndefined()
  await objects.put('a', { file, size })
  expect(await objects.list()).toMatchObject([{ name: 'a', size }])
  await target.stop()
  await rm(folder, { recursive: true })
})
