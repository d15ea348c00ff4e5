/** Artifacts of one run, kept in a folder: each as its files and a record. */
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { variable } from './action.ts'

export interface Artifact {
  readonly id: number
  readonly name: string
  /** The attempt of the run that made it. */
  readonly attempt: number
  /** SHA-256 over names and contents, hexadecimal. */
  readonly digest: string
  readonly files: number
  readonly bytes: number
}

/** Oldest first. */
export function listArtifacts(): readonly Artifact[] {
  const folder = variable('REHEARSAL_ARTIFACTS')
  if (!existsSync(folder)) return []
  return readdirSync(folder)
    .filter((file) => file.endsWith('.json'))
    .map((file): Artifact => JSON.parse(readFileSync(join(folder, file), 'utf8')))
    .sort((one, other) => one.id - other.id)
}

/** A re-run makes another one of the same name; the newest counts (actions/toolkit get-artifact.ts). */
export function newestArtifacts(): readonly Artifact[] {
  const all = listArtifacts()
  return all.filter(({ name, id }) => !all.some((other) => other.name === name && other.id > id))
}

export function filesFolder(id: number): string {
  return join(variable('REHEARSAL_ARTIFACTS'), `${id}`)
}

export function recordFile(id: number): string {
  return join(variable('REHEARSAL_ARTIFACTS'), `${id}.json`)
}

/** Relative paths, sorted. */
function filesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => !statSync(join(folder, file)).isDirectory())
    .sort()
}

export function digestOf(folder: string): string {
  const digest = createHash('sha256')
  for (const file of filesBelow(folder)) {
    const content = readFileSync(join(folder, file))
    digest.update(`${file}\0${content.length}\0`).update(content)
  }
  return digest.digest('hex')
}
