/** A client of the registry, with the token dance of Docker's: https://distribution.github.io/distribution/spec/auth/token/ */
import { createHash } from 'node:crypto'
import { variable } from '../action.ts'
import { type Credentials, credentialsOf } from './docker-folder.ts'
import { REGISTRY } from './reference.ts'

export const MANIFEST = 'application/vnd.oci.image.manifest.v1+json'
export const INDEX = 'application/vnd.oci.image.index.v1+json'
const ACCEPTED = [
  MANIFEST,
  INDEX,
  'application/vnd.docker.distribution.manifest.v2+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
]

export interface Descriptor {
  readonly mediaType: string
  readonly digest: string
  readonly size: number
  readonly artifactType?: string
  readonly platform?: { readonly architecture: string; readonly os: string }
  readonly annotations?: Readonly<Record<string, string>>
}

/** A manifest or an index, as far as it is read here. */
export interface Manifest {
  readonly schemaVersion: 2
  readonly mediaType: string
  readonly artifactType?: string
  readonly config?: Descriptor
  readonly layers?: readonly Descriptor[]
  readonly manifests?: readonly Descriptor[]
  readonly subject?: Descriptor
  readonly annotations?: Readonly<Record<string, string>>
}

/** What the registry refuses, as Docker prints it: `denied: …`. */
export class RegistryError extends Error {
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

export function digestOf(content: Uint8Array): string {
  return `sha256:${createHash('sha256').update(content).digest('hex')}`
}

/** Where the embedded registry is, whatever name stands for it. */
export function registryUrl(): string {
  return variable('CONTAINER_REGISTRY_URL')
}

/** One repository of the registry, `owner/name`. */
export class RegistryClient {
  readonly #name: string
  readonly #rights: 'pull' | 'pull,push'
  readonly #credentials = credentialsOf(REGISTRY)
  #token: string | undefined

  /** @param rights what its tokens are asked for: a push asks for both at once, as Docker's does */
  constructor(name: string, rights: 'pull' | 'pull,push' = 'pull,push') {
    this.#name = name
    this.#rights = rights
  }

  /** Pushes what is not there yet. */
  async putBlob(content: Uint8Array): Promise<void> {
    const digest = digestOf(content)
    const known = await this.#send('HEAD', `blobs/${digest}`)
    if (known.ok) return
    const begun = await this.#must('POST', 'blobs/uploads/')
    const location = new URL(begun.headers.get('location') ?? '', registryUrl())
    location.searchParams.set('digest', digest)
    const path = `${location.pathname}${location.search}`.replace(`/v2/${this.#name}/`, '')
    await this.#must('PUT', path, { body: content, headers: { 'content-type': 'application/octet-stream' } })
  }

  /** @param reference a tag, or the content's digest @returns its digest */
  async putManifest(reference: string, content: Uint8Array, mediaType: string): Promise<string> {
    await this.#must('PUT', `manifests/${reference}`, { body: content, headers: { 'content-type': mediaType } })
    return digestOf(content)
  }

  /** @returns undefined where there is none */
  async getManifest(reference: string): Promise<{ content: Buffer; mediaType: string; json: Manifest } | undefined> {
    const answer = await this.#send('GET', `manifests/${reference}`, { headers: { accept: ACCEPTED.join(', ') } })
    if (answer.status === 404) return undefined
    if (!answer.ok) throw await refusal(answer)
    const content = Buffer.from(await answer.arrayBuffer())
    return { content, mediaType: answer.headers.get('content-type') ?? '', json: JSON.parse(content.toString()) }
  }

  async getBlob(digest: string): Promise<Buffer> {
    const answer = await this.#must('GET', `blobs/${digest}`)
    return Buffer.from(await answer.arrayBuffer())
  }

  async #must(method: string, path: string, init: RequestInit = {}): Promise<Response> {
    const answer = await this.#send(method, path, init)
    if (!answer.ok) throw await refusal(answer)
    return answer
  }

  /** Asks for a token when the registry asks for one, and again when it wants another scope. */
  async #send(method: string, path: string, init: RequestInit = {}): Promise<Response> {
    const ask = () =>
      fetch(`${registryUrl()}/v2/${this.#name}/${path}`, {
        ...init,
        method,
        headers: { ...init.headers, ...(this.#token !== undefined && { authorization: `Bearer ${this.#token}` }) },
      })
    const answer = await ask()
    const challenge = answer.headers.get('www-authenticate')
    if (answer.status !== 401 || challenge === null) return answer
    await answer.arrayBuffer()
    this.#token = await fetchToken(challenge.replace(/:pull(?:,push)?"/, `:${this.#rights}"`), this.#credentials)
    return ask()
  }
}

/** @param challenge `Bearer realm="…",service="…",scope="…"` @throws RegistryError where the login is refused */
export async function fetchToken(challenge: string, credentials: Credentials | undefined): Promise<string> {
  const part = (name: string) => new RegExp(`${name}="([^"]*)"`).exec(challenge)?.[1] ?? ''
  const url = new URL(part('realm'), registryUrl())
  url.searchParams.set('service', part('service'))
  if (part('scope') !== '') url.searchParams.set('scope', part('scope'))
  const answer = await fetch(url, { headers: credentials ? { authorization: basic(credentials) } : {} })
  if (!answer.ok) throw await refusal(answer)
  const { token }: { token: string } = JSON.parse(await answer.text())
  return token
}

function basic({ username, password }: Credentials): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
}

async function refusal(answer: Response): Promise<RegistryError> {
  const text = await answer.text()
  const [, code] = /"code":"(\w+)"/.exec(text) ?? []
  const [, message] = /"message":("(?:[^"\\]|\\.)*")/.exec(text) ?? []
  const said = message === undefined ? undefined : `${JSON.parse(message)}`
  const plain = said === undefined ? `unexpected status: ${answer.status}` : `${code?.toLowerCase()}: ${said}`
  return new RegistryError(answer.status, plain)
}
