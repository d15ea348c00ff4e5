/** A client of the embedded registry that knows nothing of the stand-ins' own. */
import { createHash } from 'node:crypto'
import type { GitHub } from '../../rehearsal/github/server.ts'

export const MANIFEST = 'application/vnd.oci.image.manifest.v1+json'
export const INDEX = 'application/vnd.oci.image.index.v1+json'
export const NAME = 'octo-org/site'

export function digestOf(content: string | Uint8Array): string {
  return `sha256:${createHash('sha256').update(content).digest('hex')}`
}

export function basic(token: string, user = 'octocat'): string {
  return `Basic ${Buffer.from(`${user}:${token}`).toString('base64')}`
}

/** A token of the registry for what is asked, or the refusal. */
export async function askToken(github: GitHub, authorization: string | undefined, scope?: string) {
  const query = scope === undefined ? '' : `&scope=${encodeURIComponent(scope)}`
  const answer = await fetch(`${github.registryUrl}/token?service=ghcr.io${query}`, {
    headers: authorization === undefined ? {} : { authorization },
  })
  const body: { token?: string; errors?: readonly { code: string; message: string }[] } = JSON.parse(
    await answer.text(),
  )
  return { status: answer.status, token: body.token ?? '', errors: body.errors }
}

export type Ask = (method: string, path: string, init?: RequestInit) => Promise<Response>

/** With a registry token for both pulling and pushing, made of a job's with these permissions. */
export async function registryClient(
  github: GitHub,
  permissions: Parameters<GitHub['issueToken']>[1] = { packages: 'write' },
  name = NAME,
): Promise<Ask> {
  const job = github.issueToken('image', permissions)
  const { token } = await askToken(github, basic(job), `repository:${name}:pull,push`)
  return (method, path, init = {}) =>
    fetch(new URL(path, `${github.registryUrl}/v2/${name}/`), {
      ...init,
      method,
      headers: { authorization: `Bearer ${token}`, ...init.headers },
    })
}

export async function pushBlob(ask: Ask, content: string): Promise<string> {
  const begun = await ask('POST', 'blobs/uploads/')
  const location = begun.headers.get('location') ?? ''
  const digest = digestOf(content)
  const done = await ask('PUT', `${location}?digest=${digest}`, { body: content })
  if (done.status !== 201) throw new Error(`${done.status}: ${await done.text()}`)
  return digest
}

/** The text of a manifest of an image with these contents, which are pushed first. */
export async function pushImage(ask: Ask, reference: string, config: string, ...layers: readonly string[]) {
  const described = async (content: string) => ({
    mediaType: 'application/octet-stream',
    digest: await pushBlob(ask, content),
    size: content.length,
  })
  const manifest = JSON.stringify({
    schemaVersion: 2,
    mediaType: MANIFEST,
    config: await described(config),
    layers: await Promise.all(layers.map(described)),
  })
  const to = reference === '' ? digestOf(manifest) : reference
  const answer = await ask('PUT', `manifests/${to}`, { body: manifest, headers: { 'content-type': MANIFEST } })
  return { answer, manifest, digest: digestOf(manifest) }
}
