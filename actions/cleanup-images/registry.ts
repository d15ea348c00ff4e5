/** Reads manifests from a container registry (OCI distribution specification), and writes nothing. */
import { createHash } from 'node:crypto'
import { ActionError } from '../../src/errors.ts'
import { retry } from '../../src/retry.ts'
import { MANIFEST_TYPES, parseManifest } from './manifest.ts'
import { pathOf } from './names.ts'
import { RegistryClient, type RegistryOptions } from './registry-client.ts'
import { Unreadable } from './unreadable.ts'
import type { Manifest } from './version.ts'

const ATTEMPTS = 4
/** Requests at once. */
const AT_ONCE = 8

export class Registry {
  readonly #options: RegistryOptions
  readonly #client: RegistryClient

  constructor(options: RegistryOptions) {
    this.#options = options
    this.#client = new RegistryClient(options)
  }

  /**
   * The manifests by their digests.
   * @throws ActionError as soon as one of them cannot be read: what it refers to is then not known
   */
  async readAll(digests: readonly string[]): Promise<ReadonlyMap<string, Manifest>> {
    const found = new Map<string, Manifest>()
    const waiting = digests.values()
    let isOver = false
    const work = async () => {
      for (const digest of waiting) {
        if (isOver) return
        found.set(digest, await this.#read(digest))
      }
    }
    try {
      await Promise.all(Array.from({ length: AT_ONCE }, work))
    } finally {
      isOver = true
    }
    return found
  }

  async #read(digest: string): Promise<Manifest> {
    const { signal, sleep, log, name, address } = this.#options
    const what = `The manifest ${digest} of ${pathOf(name)} could not be read from ${address}`
    try {
      return await retry(() => this.#readOnce(digest), {
        signal,
        sleep,
        attempts: ATTEMPTS,
        transientOf: (error) => (error instanceof Unreadable && error.passes ? error : undefined),
        waitFor: ({ retryAfter }, attempt) => retryAfter ?? 1000 * 2 ** (attempt - 1),
        onRetry: ({ message }) => log.info(`${what}: ${message}. It is asked for again.`),
      })
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error
      throw new ActionError(`${what}: ${error.message}. Nothing was deleted, since what it refers to is not known.`, {
        hint: error.hint,
        cause: error,
      })
    }
  }

  async #readOnce(digest: string): Promise<Manifest> {
    const { name } = this.#options
    const body = await this.#client.get(`/v2/${pathOf(name)}/manifests/${digest}`, MANIFEST_TYPES.join(', '))
    const actual = `sha256:${createHash('sha256').update(body).digest('hex')}`
    if (actual !== digest) throw new Unreadable(`the answer has the digest ${actual}`, { passes: true })
    const manifest = parseManifest(body.toString())
    if (manifest !== undefined) return manifest
    throw new Unreadable('it is of no known kind', {
      hint: 'If it is of an old kind (Docker schema 1), delete it by hand under the settings of the package.',
    })
  }
}
