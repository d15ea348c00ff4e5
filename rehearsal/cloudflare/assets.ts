/** What was uploaded, kept by its hash, and the short-lived token that uploading needs. */
import { randomBytes } from 'node:crypto'
import { sign, verify } from 'hono/jwt'
import * as v from 'valibot'
import { uploadUnauthorized } from './errors.ts'

export interface Asset {
  readonly bytes: Uint8Array
  readonly contentType: string
}

/** The body of `POST /pages/assets/upload`. */
export const UploadBody = v.array(
  v.object({
    key: v.string(),
    value: v.string(),
    metadata: v.object({ contentType: v.string() }),
    base64: v.optional(v.boolean(), false),
  }),
)

/** The body of `POST /pages/assets/check-missing` and of `…/upsert-hashes`. */
export const HashesBody = v.object({ hashes: v.array(v.string()) })

/**
 * The keys are taken as the client names them. wrangler makes them from BLAKE3 over the base64 text and the extension,
 * 32 hex digits; Node has no BLAKE3, so a key that does not belong to its bytes is not found out here.
 */
export class AssetStore {
  readonly #assets = new Map<string, Asset>()

  get(hash: string): Asset | undefined {
    return this.#assets.get(hash)
  }

  missing(hashes: readonly string[]): readonly string[] {
    return hashes.filter((hash) => !this.#assets.has(hash))
  }

  put(uploads: v.InferOutput<typeof UploadBody>): void {
    for (const { key, value, metadata, base64 } of uploads) {
      const bytes = new Uint8Array(Buffer.from(value, base64 ? 'base64' : 'utf8'))
      this.#assets.set(key, { bytes, contentType: metadata.contentType })
    }
  }
}

/** Issues and checks the token of `…/upload-token`. Its claim tells wrangler how many files a deployment may have. */
export class UploadTokens {
  readonly #secret = randomBytes(32).toString('hex')
  readonly #maxFileCount: number

  constructor(maxFileCount: number) {
    this.#maxFileCount = maxFileCount
  }

  issue(): Promise<string> {
    const now = Math.floor(Date.now() / 1000)
    return sign({ iat: now, exp: now + 3600, max_file_count_allowed: this.#maxFileCount }, this.#secret, 'HS256')
  }

  async check(token: string): Promise<void> {
    try {
      await verify(token, this.#secret, 'HS256')
    } catch {
      throw uploadUnauthorized()
    }
  }
}
