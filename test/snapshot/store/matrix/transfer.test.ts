/** 300 MB through every store: memory stays bounded, and every byte comes back. */
import { execFile } from 'node:child_process'
import { randomFillSync } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { BlobServiceClient } from '@azure/storage-blob'
import { build } from 'vite'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startAzurite, startS3rver, startVersitygw } from '../../../support/servers.ts'
import { newFolder } from '../setup.ts'

const SIZE = 300_000_000
const PROGRAM = fileURLToPath(new URL('transfer.ts', import.meta.url))
/** MB: what an action may use at most, whatever it moves. */
const MOST_MEMORY = 150

let folder: string
let file: string
beforeAll(async () => {
  folder = await newFolder()
  file = join(folder, 'archive')
  // As a bundle, as users run it: Node's own stripping of types alone takes 20 MB.
  await build({
    configFile: false,
    logLevel: 'warn',
    publicDir: false,
    ssr: { noExternal: true },
    build: { ssr: PROGRAM, outDir: join(folder, 'bundle'), emptyOutDir: true, target: 'node24' },
  })
  await pipeline(Readable.from(noise(), { objectMode: false }), createWriteStream(file))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

function* noise(): Generator<Buffer> {
  for (let left = SIZE; left > 0; left -= 1_000_000) yield randomFillSync(Buffer.alloc(1_000_000))
}

test('a folder', () => transfer(`directory:${folder}/store`, {}))

test('S3, with s3rver', async () => {
  const server = await startS3rver()
  await transfer(`s3://${server.bucket}`, { ...server.env, S3_ENDPOINT: server.endpoint }).finally(server.stop)
})

test.skipIf(process.env['VERSITYGW'] === undefined)('S3, with versitygw', async () => {
  const server = await startVersitygw(process.env['VERSITYGW'] ?? '')
  await transfer(`s3://${server.bucket}`, { ...server.env, S3_ENDPOINT: server.endpoint }).finally(server.stop)
})

test('Azure, with Azurite', async () => {
  const server = await startAzurite()
  const { AZURE_STORAGE_CONNECTION_STRING: connection = '' } = server.env
  await BlobServiceClient.fromConnectionString(connection).getContainerClient('snapshots').create()
  await transfer('azure://snapshots', server.env).finally(server.stop)
})

async function transfer(address: string, env: Readonly<Record<string, string>>): Promise<void> {
  const args = [join(folder, 'bundle/transfer.js'), address, file, String(SIZE)]
  const { stdout } = await promisify(execFile)(process.execPath, args, { env })
  const { same, up, down, peak } = JSON.parse(stdout)
  console.info(`${address}: ${up.toFixed(0)} MB/s up, ${down.toFixed(0)} MB/s down, ${peak.toFixed(0)} MB at most`)
  expect(same).toBe(true)
  expect(peak).toBeLessThan(MOST_MEMORY)
}
