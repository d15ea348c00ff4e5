/** What is attested: files, an image by its digest, or the lines of a file with checksums. */
import { createHash } from 'node:crypto'
import { globSync, readFileSync, statSync } from 'node:fs'
import { basename } from 'node:path'
import { Failure, input, workspace } from '../../action.ts'

export interface Subject {
  readonly name: string
  readonly digest: Readonly<Record<string, string>>
}

const MOST = 1024

export function readSubjects(pushes: boolean): readonly Subject[] {
  const [path, digest, checksums] = ['subject-path', 'subject-digest', 'subject-checksums'].map(input)
  const given = [path, digest, checksums].filter((value) => value !== '')
  if (given.length === 0) {
    throw new Failure('One of subject-path, subject-digest, or subject-checksums must be provided')
  }
  if (given.length > 1) {
    throw new Failure('Only one of subject-path, subject-digest, or subject-checksums may be provided')
  }
  if (digest) return [fromDigest(digest, pushes)]
  const subjects = path ? fromPaths(path) : fromChecksums(workspace(checksums ?? ''))
  if (subjects.length > MOST)
    throw new Failure(`Too many subjects specified. The maximum number of subjects is ${MOST}.`)
  return subjects
}

function fromDigest(digest: string, pushes: boolean): Subject {
  const name = input('subject-name')
  if (name === '') throw new Failure('subject-name must be provided when using subject-digest')
  const [, hex] = /^sha256:([0-9a-f]{64})$/i.exec(digest) ?? []
  if (hex === undefined) throw new Failure('subject-digest must be in the format "sha256:<hex-digest>"')
  return { name: pushes ? name.toLowerCase() : name, digest: { sha256: hex } }
}

function fromPaths(list: string): readonly Subject[] {
  const patterns = list.split(/[,\n]/).map((pattern) => pattern.trim())
  const wanted = patterns.filter((pattern) => pattern !== '').map((pattern) => workspace(pattern))
  const files = globSync(wanted).filter((file) => statSync(file).isFile())
  if (files.length === 0) throw new Failure(`Could not find subject at path ${list}`)
  const name = input('subject-name')
  return files.sort().map((file) => ({
    name: name === '' ? basename(file) : name,
    digest: { sha256: createHash('sha256').update(readFileSync(file)).digest('hex') },
  }))
}

/** As `shasum` writes them. */
function fromChecksums(file: string): readonly Subject[] {
  const lines = readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line.trim() !== '')
  return lines.map((line) => {
    const [, hex = '', name = ''] = /^([0-9a-f]+) [ *](.+)$/i.exec(line) ?? []
    const algorithm = { 64: 'sha256', 128: 'sha512' }[hex.length]
    if (algorithm === undefined) throw new Failure(`Invalid checksum line in ${file}: ${line}`)
    return { name, digest: { [algorithm]: hex } }
  })
}
