/** A bucket of S3, or of a service that speaks like it: R2, MinIO, Ceph, versitygw. */
import { randomUUID } from 'node:crypto'
import { Readable } from 'node:stream'
import {
  AbortMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
} from '@aws-sdk/client-s3'
import { ActionError } from '../../../src/errors.ts'
import { pause } from '../../../src/retry.ts'
import type { LocalFile, Objects, StoredObject } from './objects.ts'
import type { ObjectsSpec, OpenOptions } from './open-objects.ts'
import { resumable } from './resume.ts'
import { connect, type S3Connection } from './s3-client.ts'
import { explain, failureOf, isMissing, isTransient, unlessMissing } from './s3-explain.ts'
import { listUploads, UPLOAD } from './s3-unfinished.ts'
import { putOnce } from './s3-upload.ts'
import { quote } from './shell.ts'
import { MissingError, TakenError } from './store.ts'
import { wordsOf } from './words.ts'

/** Tries of a write that another one is in the way of, and ms before the second. */
const ROUNDS = 4
const PAUSE = 250

type Spec = Extract<ObjectsSpec, { kind: 's3' }>

/** @throws ActionError when credentials are missing or the endpoint is none */
export function openS3(spec: Spec, options: OpenOptions): Objects {
  return new S3Objects(spec, connect(options.env, options.endpoint, options.mask), options)
}

class S3Objects implements Objects {
  readonly place: string
  readonly spool = undefined
  readonly #connection: S3Connection
  readonly #bucket: string
  /** Ends with `/`. */
  readonly #prefix: string
  readonly #options: Pick<OpenOptions, 'signal' | 'log'>
  #conditional = true

  constructor({ bucket, prefix }: Spec, connection: S3Connection, options: OpenOptions) {
    this.#prefix = `${prefix === '' ? '' : `${prefix}/`}${options.series}/`
    this.place = `s3://${bucket}/${this.#prefix.slice(0, -1)}`
    this.#bucket = bucket
    this.#connection = connection
    this.#options = options
  }

  /** Policies, ACLs, access points and account settings decide who reads; asking all takes rights nobody should need. */
  isPublic(): Promise<boolean> {
    return Promise.resolve(false)
  }

  list(): Promise<readonly StoredObject[]> {
    return this.#attempt(`${this.place} could not be listed`, 's3:ListBucket', async () => {
      const objects: StoredObject[] = []
      let token: string | undefined
      do {
        const input = { Bucket: this.#bucket, Prefix: this.#prefix, Delimiter: '/', ContinuationToken: token }
        const page = await this.#client.send(new ListObjectsV2Command(input), this.#send)
        for (const { Key, Size, LastModified } of page.Contents ?? []) {
          const name = Key?.slice(this.#prefix.length) ?? ''
          if (name !== '') objects.push({ name, size: Size ?? 0, writtenAt: LastModified?.getTime() ?? 0 })
        }
        token = page.IsTruncated === true ? page.NextContinuationToken : undefined
      } while (token !== undefined)
      return objects
    })
  }

  /** Not worth failing for: a service may not know the request, and the credentials may not be allowed to make it. */
  async unfinished(): Promise<readonly StoredObject[]> {
    try {
      return await listUploads(this.#client, this.#bucket, this.#prefix, this.#options.signal)
    } catch (error) {
      this.#options.signal.throwIfAborted()
      const { code } = failureOf(error)
      this.#options.log.debug(`Unfinished uploads in ${this.place} could not be listed (${code}).`)
      return []
    }
  }

  async put(name: string, content: LocalFile | Uint8Array): Promise<void> {
    const target = { ...this.#target(name), writer: randomUUID() }
    for (let round = 1; round <= ROUNDS; round++) {
      // Before every write, since not every server heeds its condition. With those that do not, a rival that writes
      // between this look and the write is replaced: nothing more can be known there.
      if ((await this.stat(name)) !== undefined) break
      const what = `${name} could not be written to ${this.place}`
      const put = await this.#attempt(what, 's3:PutObject', () => putOnce(target, content, this.#conditional))
      if (put === 'done') return
      if (put === 'taken') break
      if (put === 'refused') this.#conditional = false
      else await pause(PAUSE * 2 ** round, this.#options.signal)
    }
    throw new TakenError(`There is a ${name} in ${this.place} already, or another step is writing it.`)
  }

  async get(name: string): Promise<Readable> {
    const what = `${name} could not be read from ${this.place}`
    const { stream, size, etag } = await this.#attempt(what, 's3:GetObject', () => this.#read(name, undefined))
    const { signal, log } = this.#options
    return resumable(stream, {
      signal,
      size,
      reopen: async (offset) => ({ stream: (await this.#read(name, { offset, etag })).stream, start: offset }),
      onResume: (error) => log.info(`Reading ${name} goes on after a failure: ${wordsOf(error)}.`),
      isTransient,
      explain: (error) => this.#explain(error, what, 's3:GetObject'),
    })
  }

  async fetchByHand(name: string): Promise<readonly string[]> {
    const { endpoint } = this.#connection
    const { Bucket, Key } = this.#keyOf(name)
    const where = endpoint === undefined ? '' : ` --endpoint-url ${quote(endpoint)}`
    return [`aws s3 cp ${quote(`s3://${Bucket}/${Key}`)} .${where}`]
  }

  stat(name: string): Promise<StoredObject | undefined> {
    // Without the right to list, S3 answers 403 in place of 404.
    return this.#attempt(
      `${name} could not be looked up in ${this.place}`,
      's3:GetObject and s3:ListBucket',
      async () => {
        const { Bucket, Key } = this.#keyOf(name)
        const head = await this.#client.send(new HeadObjectCommand({ Bucket, Key }), this.#send).catch(unlessMissing)
        if (head === undefined) return undefined
        return { name, size: head.ContentLength ?? 0, writtenAt: head.LastModified?.getTime() ?? 0 }
      },
    )
  }

  async delete(name: string): Promise<void> {
    const [key = '', UploadId] = name.split(UPLOAD)
    const object = this.#keyOf(key)
    const what = `${name} could not be removed from ${this.place}`
    if (UploadId === undefined) {
      await this.#attempt(what, 's3:DeleteObject', () => this.#client.send(new DeleteObjectCommand(object), this.#send))
    } else {
      const abort = new AbortMultipartUploadCommand({ ...object, UploadId })
      const send = () => this.#client.send(abort, this.#send).catch(unlessMissing)
      await this.#attempt(what, 's3:AbortMultipartUpload', send)
    }
  }

  async #read(name: string, from: { readonly offset: number; readonly etag: string | undefined } | undefined) {
    const range = from === undefined ? {} : { Range: `bytes=${from.offset}-`, IfMatch: from.etag }
    const input = { ...this.#keyOf(name), ...range }
    const { Body, ContentLength, ContentRange, ETag } = await this.#client
      .send(new GetObjectCommand(input), this.#send)
      .catch((error: unknown) => {
        if (!isMissing(error)) throw error
        throw new MissingError(`There is no ${name} in ${this.place}.`)
      })
    if (!(Body instanceof Readable)) throw new Error('The client of S3 gave no stream.')
    const problem = from === undefined ? undefined : problemOf(from, ContentRange, ETag)
    if (problem !== undefined) {
      Body.destroy()
      throw new ActionError(`${name} could not be read from ${this.place}: ${problem}.`)
    }
    return { stream: Body, size: ContentLength ?? 0, etag: ETag }
  }

  async #attempt<T>(what: string, action: string, work: () => Promise<T>): Promise<T> {
    this.#options.signal.throwIfAborted()
    try {
      return await work()
    } catch (error) {
      this.#options.signal.throwIfAborted()
      throw this.#explain(error, what, action)
    }
  }

  #explain(error: unknown, what: string, action: string): ActionError {
    const { region, endpoint } = this.#connection
    return explain(error, what, action, { bucket: this.#bucket, region, endpoint })
  }

  get #client() {
    return this.#connection.client
  }

  get #send() {
    return { abortSignal: this.#options.signal }
  }

  #target(name: string) {
    const { Bucket: bucket, Key: key } = this.#keyOf(name)
    return { client: this.#client, bucket, key, signal: this.#options.signal }
  }

  #keyOf(name: string) {
    return { Bucket: this.#bucket, Key: `${this.#prefix}${name}` }
  }
}

/** Not every server heeds a range and a condition. */
function problemOf(
  from: { readonly offset: number; readonly etag: string | undefined },
  range: string | undefined,
  etag: string | undefined,
): string | undefined {
  if (from.etag !== etag) return 'it was replaced while it was read'
  return range?.startsWith(`bytes ${from.offset}-`) === true ? undefined : 'its server sends no part of an object'
}
