/** `partialFingerprints.primaryLocationLineHash` of each result whose file is in the checkout. */
import { existsSync, readFileSync, statSync } from 'node:fs'
import { isAbsolute } from 'node:path'
import { warning } from '../../../action.ts'
import { lineHashes } from './line-hashes.ts'
import type { Result, Run, Sarif } from './sarif.ts'

/** @param checkout the folder that relative paths are in */
export function withFingerprints(sarif: Sarif, checkout: string): Sarif {
  const known = new Map<string, readonly string[]>()
  const hashesOf = (file: string) => {
    const hashes = known.get(file) ?? lineHashes(readFileSync(file, 'utf8'))
    known.set(file, hashes)
    return hashes
  }
  const runs = sarif.runs.map((run) => ({
    ...run,
    results: run.results.map((result) => withFingerprint(result, run, checkout, hashesOf)),
  }))
  return { ...sarif, runs }
}

function withFingerprint(
  result: Result,
  run: Run,
  checkout: string,
  hashesOf: (file: string) => readonly string[],
): Result {
  const location = result.locations?.[0]?.physicalLocation
  const line = location?.region?.startLine
  const file = fileOf(location?.artifactLocation, run.artifacts ?? [], checkout)
  // A result without a line is of no source file.
  if (line === undefined || file === undefined) return result
  const hash = hashesOf(file)[line - 1]
  const given = result.partialFingerprints?.['primaryLocationLineHash']
  if (hash === undefined || given === hash) return result
  if (given !== undefined && given !== '') {
    const where = `for file ${location?.artifactLocation?.uri} line ${line}`
    warning(`Calculated fingerprint of ${hash} ${where}, but found existing inconsistent fingerprint value ${given}`)
    return result
  }
  return { ...result, partialFingerprints: { ...result.partialFingerprints, primaryLocationLineHash: hash } }
}

type ArtifactLocation = { readonly uri?: string | undefined; readonly index?: number | undefined } | undefined
type Artifacts = NonNullable<Run['artifacts']>

/** undefined where it is no file of the checkout. */
export function fileOf(location: ArtifactLocation, artifacts: Artifacts, checkout: string): string | undefined {
  const uri = location?.uri || artifacts[location?.index ?? -1]?.location?.uri
  const path = decode(uri ?? '')?.replace(/^file:\/\//, '')
  if (path === undefined || path === '' || path.includes('://')) return undefined
  if (isAbsolute(path) && !path.startsWith(`${checkout}/`)) return undefined
  const file = isAbsolute(path) ? path : `${checkout}/${path}`
  return existsSync(file) && !statSync(file).isDirectory() ? file : undefined
}

function decode(uri: string): string | undefined {
  try {
    return decodeURIComponent(uri)
  } catch {
    return undefined
  }
}
