/** What becomes of the entries of an archive: they are checked, digested, and extracted if there is a target. */
import { createHash, hash } from 'node:crypto'
import { type FullManifest, MANIFEST_FILE } from '../manifest.ts'
import { damaged } from './corrupt.ts'
import { Comparison, type Expected } from './expected.ts'
import { Layout } from './layout.ts'
import { largestManifest } from './limits.ts'
import { ManifestParser } from './manifest-parser.ts'
import { withoutSlashes } from './path.ts'
import type { Header, TarSink } from './tar-parser.ts'
import type { Target } from './target.ts'

/** The entry whose content is arriving. */
type Current =
  | { readonly kind: 'manifest' }
  | { readonly kind: 'file'; readonly path: string; readonly header: Header; readonly digest: Digest }
  | { readonly kind: 'nothing' }

const NOTHING: Current = { kind: 'nothing' }

/** @throws CorruptError from every method, as soon as something cannot be right; ActionError when the target refuses */
export class ContentsReader implements TarSink {
  readonly #expected: Expected
  readonly #target: Target | undefined
  readonly #layout = new Layout()
  readonly #comparison: Comparison
  #manifest: ManifestParser | undefined
  #current = NOTHING
  #files = 0
  #bytes = 0

  constructor(expected: Expected, target: Target | undefined) {
    this.#expected = expected
    this.#target = target
    this.#comparison = new Comparison(expected)
  }

  begin(header: Header): void {
    this.#target?.requireRoom(this.#expected.bytes)
    const path = plain(header)
    if (path === MANIFEST_FILE) this.#beginManifest(header)
    else if (path !== '' || header.type !== 'directory') this.#beginEntry(path, header) // `./` is the folder itself
  }

  #beginEntry(path: string, header: Header): void {
    const problem =
      header.type === 'link' ? this.#layout.addLink(path, header.target) : this.#layout.add(path, header.type)
    if (problem !== undefined) throw damaged(problem)
    if (header.type === 'file') this.#beginFile(path, header)
    else this.#addOther(path, header)
  }

  data(bytes: Buffer): void {
    if (this.#current.kind === 'manifest') this.#manifest?.push(bytes)
    if (this.#current.kind !== 'file') return
    this.#current.digest.add(bytes)
    this.#target?.write(bytes)
  }

  end(): void {
    const current = this.#current
    this.#current = NOTHING
    if (current.kind !== 'file') return
    const { size, mode } = current.header
    this.#comparison.find({ path: current.path, type: 'file', mode, size, sha256: current.digest.hex() })
    this.#target?.endFile()
  }

  /** Compares everything with the manifests, and only then makes links. */
  finish(): FullManifest {
    const stray = this.#layout.strayLink()
    if (stray !== undefined) throw damaged(stray)
    if (this.#manifest === undefined) throw damaged(`Its manifest, ${MANIFEST_FILE}, is missing in it.`)
    const manifest = this.#manifest.end()
    this.#comparison.finish(manifest.entries)
    this.#compareAmounts()
    this.#target?.finish()
    return manifest
  }

  #beginManifest(header: Header): void {
    if (header.type !== 'file') throw damaged(`Its manifest, ${MANIFEST_FILE}, is a ${header.type}.`)
    if (this.#manifest !== undefined) throw damaged(`Its manifest, ${MANIFEST_FILE}, is there twice.`)
    const entries = Math.max(this.#expected.files, this.#layout.entries)
    if (header.size > largestManifest(entries)) throw damaged(`Its manifest, ${MANIFEST_FILE}, is too large.`)
    this.#current = { kind: 'manifest' }
    this.#manifest = new ManifestParser((entry) => this.#comparison.list(entry))
  }

  #beginFile(path: string, header: Header): void {
    this.#files += 1
    this.#bytes += header.size
    // Before anything of it is written: this is what stops a few bytes from becoming a full disk.
    if (this.#files > this.#expected.files || this.#bytes > this.#expected.bytes) this.#compareAmounts()
    this.#current = { kind: 'file', path, header, digest: new Digest(header.size) }
    this.#target?.beginFile(path, attributesOf(header))
  }

  #addOther(path: string, header: Header): void {
    if (header.type === 'link') {
      this.#comparison.find({ path, type: 'link', target: header.target })
      this.#target?.link(path, header.target, header.modifiedAt)
    } else {
      this.#comparison.find({ path, type: 'directory', mode: header.mode })
      this.#target?.directory(path, attributesOf(header))
    }
  }

  #compareAmounts(): void {
    const { files, bytes } = this.#expected
    if (this.#files === files && this.#bytes === bytes) return
    const more = this.#files > files || this.#bytes > bytes ? 'more' : 'less'
    throw damaged(`It holds ${more} than the ${bytes} bytes in ${files} files that the snapshot's manifest says.`)
  }
}

/** SHA-256 of a content, which mostly is small and arrives at once: then no object is made for it. */
class Digest {
  readonly #size: number
  #whole: string | undefined
  #parts: ReturnType<typeof createHash> | undefined

  /** @param size of the whole content, in bytes */
  constructor(size: number) {
    this.#size = size
  }

  add(bytes: Buffer): void {
    if (bytes.length === this.#size) {
      this.#whole = hash('sha256', bytes, 'hex')
      return
    }
    this.#parts ??= createHash('sha256')
    this.#parts.update(bytes)
  }

  hex(): string {
    return this.#whole ?? this.#parts?.digest('hex') ?? hash('sha256', '', 'hex')
  }
}

/** `./a/` is `a`. */
function plain({ path, type }: Header): string {
  const relative = path.replace(/^(?:\.\/+)+/, '').replace(/^\.$/, '')
  return type === 'directory' ? withoutSlashes(relative) : relative
}

/** setuid, setgid and the sticky bit are dropped: whoever restores is not who they were set for. */
function attributesOf({ mode, modifiedAt }: Header) {
  return { mode: mode & 0o777, modifiedAt }
}
