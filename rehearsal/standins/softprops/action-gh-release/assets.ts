/** The files of a release. */
import { globSync, readFileSync, statSync } from 'node:fs'
import { basename, extname, resolve } from 'node:path'
import { Failure, info, input, warning, workspace } from '../../action.ts'
import { type Api, Refusal } from '../../api.ts'
import type { Release } from './main.ts'

/** Absolute, in the order of the patterns. @throws Failure for a pattern without files where that is asked for */
export function filesOf(): readonly string[] {
  const cwd = workspace(input('working_directory'))
  const found = patterns().map((pattern) => ({ pattern, files: match(pattern, cwd) }))
  for (const { pattern } of found.filter(({ files }) => files.length === 0)) {
    const message = `⚠️ Pattern '${pattern}' does not match any files.`
    if (input('fail_on_unmatched_files') === 'true') throw new Failure(message)
    warning(message)
  }
  return [...new Set(found.flatMap(({ files }) => files))]
}

/** One a line; commas, too, part them, but not within braces. */
function patterns(): readonly string[] {
  const parts = input('files').split(/\r?\n|,(?![^{]*\})/)
  return parts.map((part) => part.trim()).filter((part) => part !== '')
}

function match(pattern: string, cwd: string): readonly string[] {
  const absolute = resolve(cwd, pattern.replace(/^~(?=\/)/, process.env['HOME'] ?? '~'))
  return globSync(absolute)
    .filter((file) => statSync(file).isFile())
    .sort()
}

export interface Asset {
  readonly id: number
  readonly name: string
}

/** Without `uploader`, as the output `assets` has them. */
export async function upload(
  api: Api,
  token: string,
  release: Release,
  files: readonly string[],
): Promise<readonly object[]> {
  const uploaded: object[] = []
  for (const file of files) {
    if (!(await makeRoom(api, release, basename(file)))) continue
    info(`⬆️ Uploading ${basename(file)}...`)
    const { uploader: _, ...asset } = await send(token, release, file)
    uploaded.push(asset)
    info(`✅ Uploaded ${basename(file)}`)
  }
  return uploaded
}

/** GitHub names files itself where they have other characters. */
function alike(name: string, asset: Release['assets'][number]): boolean {
  return [name, name.replaceAll(' ', '.')].includes(asset.name) || asset.label === name
}

async function makeRoom(api: Api, { assets }: Release, name: string): Promise<boolean> {
  const known = assets.find((asset) => alike(name, asset))
  if (known === undefined) return true
  if (input('overwrite_files') === 'false') {
    info(`Asset ${name} already exists and overwrite_files is false...`)
    return false
  }
  info(`♻️ Deleting previously uploaded asset ${name}...`)
  await api.ask(`/releases/assets/${known.id}`, { method: 'DELETE' })
  return true
}

async function send(
  token: string,
  { upload_url }: Release,
  file: string,
): Promise<Asset & { readonly uploader: unknown }> {
  const url = new URL(upload_url.replace(/\{.*$/, ''))
  url.searchParams.set('name', basename(file))
  const headers = {
    authorization: `token ${token}`,
    'content-type': TYPES[extname(file)] ?? 'application/octet-stream',
  }
  const response = await fetch(url, { method: 'POST', headers, body: readFileSync(file) })
  const answer = JSON.parse(await response.text())
  if (response.status === 201) return answer
  const refused = new Refusal(response.status, answer)
  throw new Failure(
    `Failed to upload release asset ${basename(file)}. received status code ${response.status}\n${refused.message}`,
  )
}

const TYPES: Readonly<Record<string, string>> = {
  '.gz': 'application/gzip',
  '.json': 'application/json',
  '.md': 'text/markdown',
  '.tar': 'application/x-tar',
  '.tgz': 'application/gzip',
  '.txt': 'text/plain',
  '.yml': 'text/yaml',
  '.yaml': 'text/yaml',
  '.zip': 'application/zip',
}
