import { chmodSync, cpSync, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import {
  act,
  Failure,
  flag,
  info,
  input,
  lines,
  refuse,
  setOutput,
  variable,
  warning,
  workspace,
} from '../../action.ts'
import { type Artifact, digestOf, filesFolder, listArtifacts, recordFile } from '../../artifacts.ts'
import { type Found, search } from './search.ts'

await act(() => {
  refuse({ archive: ['true'] })
  const name = checkedName(input('name'))
  checkRange('compression-level', 0, 9)
  checkRange('retention-days', 0, 90)
  const found = search(lines('path'), workspace(), flag('include-hidden-files'))
  if (found.files.length === 0) nothingFound()
  else upload(name, found)
})

function upload(name: string, found: Found): void {
  info(
    `With the provided path, there will be ${found.files.length} file${found.files.length === 1 ? '' : 's'} uploaded`,
  )
  makeRoom(name)
  const artifact = keep(name, found)
  info(`Artifact ${name} has been successfully uploaded! ${artifact.bytes} bytes. Artifact ID is ${artifact.id}`)
  const run = `${variable('GITHUB_SERVER_URL')}/${variable('GITHUB_REPOSITORY')}/actions/runs/${variable('GITHUB_RUN_ID')}`
  setOutput('artifact-id', `${artifact.id}`)
  setOutput('artifact-digest', artifact.digest)
  setOutput('artifact-url', `${run}/artifacts/${artifact.id}`)
}

function nothingFound(): void {
  const message = `No files were found with the provided path: ${input('path')}. No artifacts will be uploaded.`
  const behaviour = input('if-no-files-found')
  if (behaviour === 'error') throw new Failure(message)
  else if (behaviour === 'warn') warning(message)
  else if (behaviour === 'ignore') info(message)
  else
    throw new Failure(
      `Unrecognized if-no-files-found input. Provided: ${behaviour}. Available options: warn,error,ignore`,
    )
}

/** An artifact never changes: in one attempt a second one of the same name is refused unless it replaces the first. */
function makeRoom(name: string): void {
  const existing = listArtifacts().find((artifact) => artifact.name === name && artifact.attempt === attempt())
  if (existing === undefined) return
  if (!flag('overwrite')) {
    throw new Failure(
      'Failed to CreateArtifact: Received non-retryable error: Failed request: (409) Conflict: an artifact with this name already exists on the workflow run',
    )
  }
  rmSync(recordFile(existing.id))
  rmSync(filesFolder(existing.id), { recursive: true })
}

function attempt(): number {
  return Number(variable('GITHUB_RUN_ATTEMPT'))
}

function keep(name: string, { files, root }: Found): Artifact {
  const id = Math.max(1000, ...listArtifacts().map((artifact) => artifact.id)) + 1
  let bytes = 0
  for (const file of files) {
    const target = join(filesFolder(id), relative(root, file))
    mkdirSync(dirname(target), { recursive: true })
    cpSync(file, target, { dereference: true })
    // A zip of an artifact carries no permissions.
    chmodSync(target, 0o644)
    bytes += statSync(target).size
  }
  const artifact: Artifact = {
    id,
    name,
    attempt: attempt(),
    digest: digestOf(filesFolder(id)),
    files: files.length,
    bytes,
  }
  writeFileSync(recordFile(id), JSON.stringify(artifact))
  return artifact
}

function checkedName(name: string): string {
  const [bad] = /["<>|*?\r\n\\/:]/.exec(name) ?? []
  if (bad === undefined) return name
  throw new Failure(`The artifact name is not valid: ${name}. Contains the following character: ${bad}`)
}

function checkRange(name: string, low: number, high: number): void {
  const value = input(name)
  if (value === '') return
  const number = Number(value)
  if (Number.isInteger(number) && number >= low && number <= high) return
  throw new Failure(`Invalid ${name}: ${value}. It is a whole number from ${low} to ${high}.`)
}
