import { cpSync, mkdirSync } from 'node:fs'
import { homedir } from 'node:os'
import { join, relative } from 'node:path'
import { act, Failure, info, input, refuse, setOutput, variable, workspace } from '../../action.ts'
import { type Artifact, digestOf, filesFolder, listArtifacts, newestArtifacts } from '../../artifacts.ts'

await act(() => {
  refuse({
    pattern: [],
    'merge-multiple': ['false'],
    'github-token': [],
    repository: [variable('GITHUB_REPOSITORY')],
    'run-id': [variable('GITHUB_RUN_ID')],
    'skip-decompress': ['false'],
    'digest-mismatch': ['error'],
  })
  const target = workspace(input('path').replace(/^~/, homedir()))
  const name = input('name')
  const ids = list(input('artifact-ids'))
  if (name !== '' && ids.length > 0) {
    throw new Failure("Inputs 'name' and 'artifact-ids' cannot be used together. Please specify only one.")
  }
  // One alone comes into the folder itself.
  if (ids.length === 1) unpack(identified(ids[0] ?? ''), target)
  else if (ids.length > 1) for (const one of ids.map(identified)) unpack(one, join(target, one.name))
  // Without a name the run's artifacts come all, each in a folder of its own.
  else if (name === '') for (const artifact of newestArtifacts()) unpack(artifact, join(target, artifact.name))
  else unpack(named(name), target)
  setOutput('download-path', target)
})

function list(text: string): readonly string[] {
  const ids = text.split(',').map((id) => id.trim())
  return ids.filter((id) => id !== '')
}

function identified(id: string): Artifact {
  if (!/^[1-9]\d*$/.test(id)) throw new Failure(`Invalid artifact ID: '${id}'. Must be a number.`)
  const found = listArtifacts().find((artifact) => `${artifact.id}` === id)
  if (found !== undefined) return found
  throw new Failure(`Unable to download artifact(s): None of the provided artifact IDs were found (${id}).`)
}

/** `./dist`; the folder itself has another name in every rehearsal. */
function relativeToWorkspace(path: string): string {
  const below = relative(workspace(), path)
  return below.startsWith('..') ? path : `./${below}`
}

function named(name: string): Artifact {
  const found = newestArtifacts().find((artifact) => artifact.name === name)
  if (found !== undefined) return found
  throw new Failure(
    `Unable to download artifact(s): Artifact not found for name: ${name}\nPlease ensure that your artifact is not expired and the artifact was uploaded using a compatible version of toolkit/upload-artifact.`,
  )
}

function unpack(artifact: Artifact, target: string): void {
  const source = filesFolder(artifact.id)
  if (digestOf(source) !== artifact.digest) {
    throw new Failure(
      `Unable to download artifact(s): digest mismatch for ${artifact.name}: expected sha256:${artifact.digest}`,
    )
  }
  mkdirSync(target, { recursive: true })
  cpSync(source, target, { recursive: true })
  info(`Artifact ${artifact.name}: ${artifact.files} files, ${artifact.bytes} bytes, to ${relativeToWorkspace(target)}`)
}
