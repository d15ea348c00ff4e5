/** The commands of docs/snapshot-format.md, run as they stand there, with Debian's tools. */
import { execFileSync } from 'node:child_process'
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as v from 'valibot'
import { beforeAll, expect, it } from 'vitest'
import { contentDigest } from '../../../actions/snapshot/archive/content-digest.ts'
import { ArchivedEntry, FullManifest, Manifest, Verification } from '../../../actions/snapshot/manifest.ts'
import { archiveName } from '../../../actions/snapshot/names.ts'
import { HEAD, IDENTITY, pack, picture, plant, RECIPIENT, scratch, type Tree, unpack } from './setup.ts'
import { tools } from './tools.ts'

const { without } = tools('age', 'zstd', 'tar', 'jq', 'sha256sum', 'git')
const TREE: Tree = {
  'index.html': '<!doctype html>\n',
  'assets/app.js': 'x'.repeat(200_000),
  'assets/run me.sh': { content: '#!/bin/sh\n', mode: 0o755 },
  'assets/latest': { to: '../index.html' },
  'empty folder': { content: null, mode: 0o700 },
  'ü/日本.txt': 'names',
  '-dash': '',
  [`${'n'.repeat(150)}/${'m'.repeat(150)}`]: 'long',
}

let page = ''
beforeAll(async () => {
  page = await readFile(new URL('../../../docs/snapshot-format.md', import.meta.url), 'utf8')
})

/** The block of commands under a name. */
function block(name: string): string {
  const text = page.split(`<!-- run: ${name} -->`)[1]?.match(/^\s*```sh\n([\s\S]*?)\n```/)?.[1]
  if (text === undefined) throw new Error(`There is no block ${name}.`)
  return text
}

const used = new Set<string>()

/** Runs blocks one after the other in one shell, each from the same folder, as somebody would who follows the page. */
function run(cwd: string, env: Readonly<Record<string, string>>, ...names: readonly string[]): string {
  for (const name of names) used.add(name)
  const script = names.map((name) => `cd "$HERE"\n${block(name)}`).join('\n')
  return execFileSync('bash', ['-euo', 'pipefail', '-c', script], {
    cwd,
    env: { PATH: process.env['PATH'], HERE: cwd, ...env },
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}

/** A folder as a store has it, with the key beside it. */
async function stored(encrypted: boolean) {
  const folder = await scratch()
  await plant(join(folder, 'tree'), TREE)
  const name = archiveName(HEAD.id, encrypted)
  const written = await pack(join(folder, 'tree'), join(folder, name), { recipients: encrypted ? [RECIPIENT] : [] })
  const { format, id, series, reason, created_at, commit } = HEAD
  const manifest: Manifest = {
    ...{ format, id, series, reason, created_at, commit },
    archive: { name, size: written.size, digest: written.digest },
    content: { files: written.files, bytes: written.bytes },
    recipients: encrypted ? [RECIPIENT] : [],
    ...{ verified_at: null, verified_by: null },
  }
  await writeFile(join(folder, `${id}.json`), JSON.stringify(manifest))
  await writeFile(join(folder, 'key.txt'), `# created: today\n${IDENTITY}\n`)
  return { folder, written }
}

it.skipIf(without)('restores an encrypted snapshot byte for byte, and checks it', async () => {
  const { folder, written } = await stored(true)
  const env = { ID: HEAD.id }
  expect(run(folder, env, 'check-archive', 'decrypt', 'extract')).toContain(': OK')
  expect(run(folder, env, 'check-files')).toBe('')
  expect(run(folder, env, 'check-entries')).toBe('')
  expect(run(folder, env, 'content-digest')).toBe(`${written.contentDigest.slice('sha256:'.length)}  -\n`)

  await rename(join(folder, 'restored/.slipway-snapshot.json'), join(folder, 'manifest.json'))
  expect(await picture(join(folder, 'restored'))).toEqual(await picture(join(folder, 'tree')))
  expect(v.parse(FullManifest, JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8')))).toMatchObject(HEAD)
})

it.skipIf(without)('restores a plain snapshot, and finds a file that was changed since', async () => {
  const { folder } = await stored(false)
  const env = { ID: HEAD.id }
  run(folder, env, 'check-archive', 'extract')
  await writeFile(join(folder, 'restored/index.html'), '<!doctype htmx>\n')
  expect(() => run(folder, env, 'check-files')).toThrow('1 computed checksum did NOT match')
  await writeFile(join(folder, 'restored/extra'), '')
  expect(() => run(folder, env, 'check-entries')).toThrow('Command failed')
})

it.skipIf(without)('refuses an archive that was damaged', async () => {
  const { folder, written } = await stored(false)
  const bytes = await readFile(written.file)
  bytes.writeUInt8(bytes.readUInt8(1000) ^ 1, 1000)
  await writeFile(written.file, bytes)
  expect(() => run(folder, { ID: HEAD.id }, 'check-archive')).toThrow('did NOT match')
})

it.skipIf(without).each([
  ['plain', '', ['make-archive']],
  ['encrypted', RECIPIENT, ['make-archive', 'make-encrypted']],
])('makes a snapshot that the pack restores, %s', async (_, recipient, commands) => {
  const folder = await scratch()
  await plant(join(folder, 'tree'), TREE)
  execFileSync(
    'bash',
    ['-c', 'git init -q && git -c user.name=T -c user.email=t@example.com commit -q --allow-empty -m x'],
    {
      cwd: folder,
    },
  )
  run(folder, { RECIPIENT: recipient }, 'make-id', 'make-full-manifest', ...commands, 'make-manifest')

  const name = (await readdir(folder)).find((entry) => entry.startsWith('production-') && entry.endsWith('.json'))
  const manifest = v.parse(Manifest, JSON.parse(await readFile(join(folder, name ?? ''), 'utf8')))
  expect(`${manifest.id}.json`).toBe(name)
  await mkdir(join(folder, 'restored'))
  const { archive, content } = manifest
  const expected = { size: archive.size, digest: archive.digest, files: content.files, bytes: content.bytes }
  const read = await unpack(join(folder, manifest.archive.name), expected, { into: join(folder, 'restored') })
  expect(read.manifest.id).toBe(manifest.id)
  expect(await picture(join(folder, 'restored'))).toEqual(await picture(join(folder, 'tree')))
})

it('shows documents that are what it says', () => {
  const documents = [...page.matchAll(/```json\n([\s\S]*?)\n```/g)].map(([, text]): unknown => JSON.parse(text ?? ''))
  expect(
    documents.map((document) => [FullManifest, Manifest, Verification].findIndex((schema) => v.is(schema, document))),
  ).toEqual([0, 1, 2])
  const full = v.parse(FullManifest, documents[0])
  expect(full.entries.every((entry) => v.is(ArchivedEntry, entry))).toBe(true)
  const text = page.match(/```text\n([\s\S]*?\n)```/)?.[1] ?? ''
  expect(`sha256:${execFileSync('sha256sum', { input: text, encoding: 'utf8' }).slice(0, 64)}`).toBe(
    contentDigest(full),
  )
})

it.skipIf(without)('has no block of commands that was not tried', () => {
  const all = [...page.matchAll(/<!-- run: (\S+) -->/g)].map(([, name]) => name)
  expect([...page.matchAll(/```sh/g)]).toHaveLength(all.length)
  expect([...used].toSorted()).toEqual(all.toSorted())
})
