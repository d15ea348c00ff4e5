/** GET at a container registry, which asks for a token of its own that GitHub's token is exchanged for. */
import * as v from 'valibot'
import type { Log } from '../../src/action.ts'
import { messageOf } from '../../src/errors.ts'
import type { Sleep } from '../../src/retry.ts'
import { type PackageName, pathOf } from './names.ts'
import { explainStatus, tokenUrl } from './registry-answers.ts'
import { Unreadable } from './unreadable.ts'

/** One request with its answer, in milliseconds. */
const TIMEOUT = 20_000
/** Manifests have 4 MiB at most (OCI distribution specification, "Pushing Manifests"). */
const LARGEST = 5 * 1024 * 1024

export interface RegistryOptions {
  /** As https://ghcr.io. */
  readonly address: string
  readonly name: PackageName
  /** GitHub's. */
  readonly token: string
  readonly signal: AbortSignal
  readonly mask: (secret: string) => void
  readonly log: Log
  readonly sleep: Sleep
}

interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly body: Buffer
}

const TokenBody = v.object({ token: v.optional(v.string()), access_token: v.optional(v.string()) })

export class RegistryClient {
  readonly #options: RegistryOptions
  /** What the registry gives for GitHub's token, once it has asked for it; all requests share it. */
  #bearer: Promise<string> | undefined

  constructor(options: RegistryOptions) {
    this.#options = options
  }

  /** @throws Unreadable for anything but the content */
  async get(path: string, accept: string): Promise<Buffer> {
    const url = `${this.#options.address}${path}`
    const used = this.#bearer
    const first = await this.#fetch(url, { accept, ...(await headersOf(used)) })
    if (first.status !== 401) return this.#content(first)
    // One that has expired is replaced once, whoever finds out first.
    if (this.#bearer === used) this.#bearer = this.#authenticate(first.headers.get('www-authenticate') ?? '')
    const again = await this.#fetch(url, { accept, ...(await headersOf(this.#bearer)) })
    return this.#content(again)
  }

  async #authenticate(challenge: string): Promise<string> {
    try {
      const { address, name, token, mask } = this.#options
      const basic = Buffer.from(`${name.owner}:${token}`).toString('base64')
      mask(basic)
      const url = tokenUrl(challenge, { address, repository: pathOf(name) })
      const body = this.#content(await this.#fetch(url, { authorization: `Basic ${basic}` }))
      const parsed = v.safeParse(TokenBody, parseJson(body.toString()))
      const bearer = parsed.success ? (parsed.output.token ?? parsed.output.access_token) : undefined
      if (!bearer) throw new Unreadable('the registry gave no token', { passes: true })
      mask(bearer)
      return bearer
    } catch (error) {
      this.#bearer = undefined
      throw error
    }
  }

  #content({ status, headers, body }: Answer): Buffer {
    if (status === 200) return body
    throw explainStatus(status, headers, body.toString().slice(0, 2000), pathOf(this.#options.name))
  }

  /** A redirect is an answer like any other: it could lead the token away. */
  async #fetch(url: string, headers: Readonly<Record<string, string>>): Promise<Answer> {
    const { signal } = this.#options
    try {
      const within = AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT)])
      const answer = await fetch(url, { headers, redirect: 'manual', signal: within })
      return { status: answer.status, headers: answer.headers, body: await bounded(answer) }
    } catch (error) {
      signal.throwIfAborted()
      if (error instanceof Unreadable) throw error
      const cause = error instanceof Error && error.cause !== undefined ? error.cause : error
      throw new Unreadable(`there was no whole answer (${messageOf(cause)})`, { passes: true, cause: error })
    }
  }
}

async function bounded(answer: Response): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of answer.body ?? []) {
    size += chunk.byteLength
    if (size > LARGEST) throw new Unreadable('the answer is larger than a manifest can be')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

async function headersOf(bearer: Promise<string> | undefined): Promise<Readonly<Record<string, string>>> {
  return bearer === undefined ? {} : { authorization: `Bearer ${await bearer}` }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
