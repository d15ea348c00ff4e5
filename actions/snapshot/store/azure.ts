/** A container of Azure's blobs. */
import { randomUUID } from 'node:crypto'
import { Readable } from 'node:stream'
import type { ContainerClient } from '@azure/storage-blob'
import type { ActionError } from '../../../src/errors.ts'
import { connect } from './azure-client.ts'
import { explain, isMissing, isTransient } from './azure-explain.ts'
import { retrying } from './azure-retry.ts'
import { putOnce } from './azure-upload.ts'
import type { LocalFile, Objects, StoredObject } from './objects.ts'
import type { ObjectsSpec, OpenOptions } from './open-objects.ts'
import { resumable } from './resume.ts'
import { quote } from './shell.ts'
import { MissingError, TakenError } from './store.ts'
import { wordsOf } from './words.ts'

type Spec = Extract<ObjectsSpec, { kind: 'azure' }>

/** @throws ActionError when credentials are missing or cannot be ones */
export function openAzure(spec: Spec, options: OpenOptions): Objects {
  const container = connect(options.env, options.mask).getContainerClient(spec.container)
  return new AzureObjects(container, spec, options)
}

class AzureObjects implements Objects {
  readonly place: string
  readonly spool = undefined
  readonly #container: ContainerClient
  /** Ends with `/`. */
  readonly #prefix: string
  readonly #options: Pick<OpenOptions, 'env' | 'signal' | 'log'>

  constructor(container: ContainerClient, spec: Spec, options: OpenOptions) {
    this.#prefix = `${spec.prefix === '' ? '' : `${spec.prefix}/`}${options.series}/`
    this.place = `azure://${spec.container}/${this.#prefix.slice(0, -1)}`
    this.#container = container
    this.#options = options
  }

  /** Whether a container is open to all can only be asked with more rights than a snapshot needs, and not with a SAS. */
  isPublic(): Promise<boolean> {
    return Promise.resolve(false)
  }

  list(): Promise<readonly StoredObject[]> {
    return this.#attempt(`${this.place} could not be listed`, 'listing', async () => {
      const objects: StoredObject[] = []
      let token: string | undefined
      do {
        const page = await this.#ask((abortSignal) => this.#page(token, abortSignal))
        for (const { name, properties } of page.segment.blobItems) {
          const { contentLength: size = 0, lastModified } = properties
          objects.push({ name: name.slice(this.#prefix.length), size, writtenAt: lastModified.getTime() })
        }
        token = page.continuationToken || undefined
      } while (token !== undefined)
      return objects
    })
  }

  /** Azure shows no blocks that are not committed, and drops them within a week. */
  unfinished(): Promise<readonly StoredObject[]> {
    return Promise.resolve([])
  }

  async put(name: string, content: LocalFile | Uint8Array): Promise<void> {
    const blob = this.#blob(name).getBlockBlobClient()
    const writer = randomUUID().replaceAll('-', '')
    const put = await this.#attempt(`${name} could not be written to ${this.place}`, 'creating', async () => {
      if ((await this.#look(name)) !== undefined) return false // before gigabytes are sent for nothing
      return putOnce(blob, content, writer, this.#options.signal)
    })
    if (!put) throw new TakenError(`There is a ${name} in ${this.place} already.`)
  }

  async get(name: string): Promise<Readable> {
    const what = `${name} could not be read from ${this.place}`
    const { stream, size, etag } = await this.#attempt(what, 'reading', () => this.#read(name, 0, undefined))
    const { signal, log } = this.#options
    return resumable(stream, {
      signal,
      size,
      reopen: async (offset) => ({ stream: (await this.#read(name, offset, etag)).stream, start: offset }),
      onResume: (error) => log.info(`Reading ${name} goes on after a failure: ${wordsOf(error)}.`),
      isTransient,
      explain: (error) => this.#explain(error, what, 'reading'),
    })
  }

  async fetchByHand(name: string): Promise<readonly string[]> {
    const { containerName } = this.#container
    // With a connection string the person has that.
    const account = this.#options.env['AZURE_STORAGE_ACCOUNT']?.trim()
    const words = [
      'az storage blob download',
      ...(account ? [`--account-name ${quote(account)}`] : []),
      `--container-name ${quote(containerName)}`,
      `--name ${quote(`${this.#prefix}${name}`)}`,
      `--file ${quote(name)}`,
    ]
    return [words.join(' ')]
  }

  stat(name: string): Promise<StoredObject | undefined> {
    return this.#attempt(`${name} could not be looked up in ${this.place}`, 'reading', () => this.#look(name))
  }

  async delete(name: string): Promise<void> {
    await this.#attempt(`${name} could not be removed from ${this.place}`, 'deleting', () =>
      this.#ask((abortSignal) => this.#blob(name).delete({ deleteSnapshots: 'include', abortSignal })).catch(
        unlessMissing,
      ),
    )
  }

  async #look(name: string): Promise<StoredObject | undefined> {
    const ask = this.#ask((abortSignal) => this.#blob(name).getProperties({ abortSignal }))
    const found = await ask.catch(unlessMissing)
    if (found === undefined) return undefined
    return { name, size: found.contentLength ?? 0, writtenAt: found.lastModified?.getTime() ?? 0 }
  }

  async #page(continuationToken: string | undefined, abortSignal: AbortSignal) {
    const pages = this.#container.listBlobsByHierarchy('/', { prefix: this.#prefix, abortSignal })
    const { value } = await pages.byPage(continuationToken === undefined ? {} : { continuationToken }).next()
    if (value === undefined) throw new Error('The client of Azure gave no page.')
    return value
  }

  async #read(name: string, offset: number, etag: string | undefined) {
    const options = { maxRetryRequests: 0, ...(etag !== undefined && { conditions: { ifMatch: etag } }) }
    const download = (abortSignal: AbortSignal) =>
      this.#blob(name).download(offset, undefined, { ...options, abortSignal })
    const found = await this.#ask(download).catch(unlessMissing)
    if (found === undefined) throw new MissingError(`There is no ${name} in ${this.place}.`)
    const { readableStreamBody, contentLength = 0 } = found
    if (!(readableStreamBody instanceof Readable)) throw new Error('The client of Azure gave no stream.')
    return { stream: readableStreamBody, size: offset + contentLength, etag: found.etag }
  }

  #ask<T>(ask: (abortSignal: AbortSignal) => Promise<T>): Promise<T> {
    return retrying(this.#options.signal, 0, ask)
  }

  async #attempt<T>(what: string, right: string, work: () => Promise<T>): Promise<T> {
    this.#options.signal.throwIfAborted()
    try {
      return await work()
    } catch (error) {
      this.#options.signal.throwIfAborted()
      throw this.#explain(error, what, right)
    }
  }

  #explain(error: unknown, what: string, right: string): ActionError {
    const { accountName: account, containerName: container } = this.#container
    return explain(error, what, right, { account, container })
  }

  #blob(name: string) {
    return this.#container.getBlobClient(`${this.#prefix}${name}`)
  }
}

function unlessMissing(error: unknown): undefined {
  if (!isMissing(error)) throw error
}
