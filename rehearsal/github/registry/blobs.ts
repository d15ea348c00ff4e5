/** Blobs: uploads in one piece or several, each checked against the digest that the client gives. */
import { randomUUID } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { Readable } from 'node:stream'
import type { GitHubContext } from '../env.ts'
import type { Packages } from '../packages/records.ts'
import type { Bytes, Spool, Spooled } from '../storage/spool.ts'
import { registryError } from './errors.ts'

interface Upload {
  readonly name: string
  readonly parts: Spooled[]
}

export class Blobs {
  readonly #packages: Packages
  readonly #spool: Spool
  readonly #uploads = new Map<string, Upload>()

  constructor(packages: Packages, spool: Spool) {
    this.#packages = packages
    this.#spool = spool
  }

  find(name: string, digest: string): Spooled | undefined {
    return this.#packages.blobs.get(name)?.get(digest)
  }

  get(c: GitHubContext, name: string, digest: string): Response {
    const blob = this.find(name, digest)
    if (blob === undefined) return registryError('BLOB_UNKNOWN', 'blob unknown to registry')
    const headers = {
      'content-type': 'application/octet-stream',
      'content-length': `${blob.size}`,
      'docker-content-digest': digest,
    }
    const empty = c.req.method === 'HEAD' || blob.size === 0
    return new Response(empty ? null : Readable.toWeb(createReadStream(blob.file)), { headers })
  }

  /** In one piece where the digest comes at once; otherwise an upload begins. */
  async begin(c: GitHubContext, name: string): Promise<Response> {
    const { digest, mount, from } = c.req.query()
    if (mount !== undefined && from !== undefined) {
      const there = this.find(from, mount)
      if (there !== undefined) return this.#keep(name, mount, there)
    }
    const id = randomUUID()
    const upload: Upload = { name, parts: [] }
    this.#uploads.set(id, upload)
    if (digest !== undefined) return this.finish(c, name, id)
    return progress(name, id, 0)
  }

  async append(c: GitHubContext, name: string, id: string): Promise<Response> {
    const upload = this.#find(name, id)
    if (upload === undefined) return unknownUpload()
    const size = sizeOf(upload)
    const [, from] = /^(?:bytes )?(\d+)-\d+$/.exec(c.req.header('content-range') ?? '') ?? []
    if (from !== undefined && Number(from) !== size) {
      return new Response(null, { status: 416, headers: { range: `0-${Math.max(0, size - 1)}` } })
    }
    upload.parts.push(await this.#receive(c.env.incoming))
    return progress(name, id, sizeOf(upload))
  }

  status(name: string, id: string): Response {
    const upload = this.#find(name, id)
    if (upload === undefined) return unknownUpload()
    return progress(name, id, sizeOf(upload), 204)
  }

  async finish(c: GitHubContext, name: string, id: string): Promise<Response> {
    const upload = this.#find(name, id)
    if (upload === undefined) return unknownUpload()
    const digest = c.req.query('digest') ?? ''
    upload.parts.push(await this.#receive(c.env.incoming))
    this.#uploads.delete(id)
    const whole = await this.#spool.join(upload.parts)
    await this.#spool.remove(...upload.parts)
    if (digest === `sha256:${whole.sha256}`) return this.#keep(name, digest, whole)
    await this.#spool.remove(whole)
    return registryError('DIGEST_INVALID', `provided digest did not match uploaded content: ${digest}`)
  }

  async cancel(name: string, id: string): Promise<Response> {
    const upload = this.#find(name, id)
    if (upload === undefined) return unknownUpload()
    this.#uploads.delete(id)
    await this.#spool.remove(...upload.parts)
    return new Response(null, { status: 204 })
  }

  #receive(bytes: Bytes): Promise<Spooled> {
    return this.#spool.write(bytes)
  }

  #find(name: string, id: string): Upload | undefined {
    const upload = this.#uploads.get(id)
    return upload?.name === name ? upload : undefined
  }

  #keep(name: string, digest: string, blob: Spooled): Response {
    const blobs = this.#packages.blobs.get(name) ?? new Map<string, Spooled>()
    this.#packages.blobs.set(name, blobs.set(digest, blob))
    const headers = { location: `/v2/${name}/blobs/${digest}`, 'docker-content-digest': digest }
    return new Response(null, { status: 201, headers })
  }
}

function sizeOf({ parts }: Upload): number {
  return parts.reduce((sum, { size }) => sum + size, 0)
}

function progress(name: string, id: string, size: number, status = 202): Response {
  const headers = {
    location: `/v2/${name}/blobs/uploads/${id}`,
    'docker-upload-uuid': id,
    range: `0-${Math.max(0, size - 1)}`,
  }
  return new Response(null, { status, headers })
}

function unknownUpload(): Response {
  return registryError('BLOB_UPLOAD_UNKNOWN', 'blob upload unknown to registry')
}
