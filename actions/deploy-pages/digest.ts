/** One number for all that a deployment is made of, so that a re-run can tell whether it would deploy the same. */
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readdir, readFile, realpath, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { exists } from './files.ts'
import { isWithin } from './location.ts'
import type { Plan } from './preflight.ts'
import { CONFIGURATION } from './site.ts'

/** Files that are read at once. */
const AT_ONCE = 16
/** Far more than any project has beside its dependencies. What comes behind, in the order of names, is not looked at. */
const MOST_FILES = 100_000
/** Bytes. No file that Pages takes is larger, and no code; by its size alone it counts. */
const LARGEST = 256 * 1024 * 1024
/** Bytes. To read a small one at once takes half the time. */
const SMALL = 1024 * 1024
/** None of these is code of the project: dependencies, its history, and what wrangler leaves. */
const SKIPPED = ['node_modules', '.git', '.wrangler']

type Deployed = Pick<Plan, 'project' | 'environment' | 'target' | 'site' | 'configuration'>

/**
 * The first 128 bits of a SHA-256, in hexadecimal digits. It covers every file that is uploaded, `_headers`, `_redirects`
 * and `_routes.json`, the wrangler configuration, and project, environment, branch and commit with the variables that the
 * project has. Where code is compiled, it covers the whole working directory too, since `functions/` often imports
 * what a build has left elsewhere in it. A file that cannot be read counts as none: to tell of it is not the task here.
 *
 * @throws the signal's reason when aborted
 */
export async function digestOf(deployed: Deployed, workingDirectory: string, signal: AbortSignal): Promise<string> {
  const { project, environment, target, site, configuration } = deployed
  const hash = createHash('sha256')
  const variables = Object.entries(project.deployment_configs?.[environment]?.env_vars ?? {}).toSorted(byName)
  hash.update(JSON.stringify([project.name, environment, target.branch, target.commitHash, variables]))
  const files = [
    ...site.files.map(({ path }) => path),
    ...CONFIGURATION,
    ...(await filesBelow(site.directory, '_worker.js', [])),
  ]
  await addFiles(hash, site.directory, files, signal)
  if (configuration !== undefined) await addFiles(hash, '', [configuration], signal, basename)
  if (await isCompiled(site.hasWorker, workingDirectory)) {
    await addFiles(hash, workingDirectory, await filesBelow(workingDirectory, '', SKIPPED), signal)
  }
  return hash.digest('hex').slice(0, 32)
}

function byName([one]: readonly [string, unknown], [other]: readonly [string, unknown]): number {
  return one < other ? -1 : 1
}

async function isCompiled(hasWorker: boolean, workingDirectory: string): Promise<boolean> {
  return hasWorker || exists(join(workingDirectory, 'functions'))
}

type Hash = ReturnType<typeof createHash>

/** @param nameOf under which name each is taken into account */
async function addFiles(
  hash: Hash,
  folder: string,
  files: readonly string[],
  signal: AbortSignal,
  nameOf: (file: string) => string = (file) => file,
): Promise<void> {
  for (let start = 0; start < files.length; start += AT_ONCE) {
    const some = files.slice(start, start + AT_ONCE)
    const hashes = await Promise.all(some.map((file) => hashFile(join(folder, file), signal)))
    for (const [index, file] of some.entries()) hash.update(JSON.stringify([nameOf(file), hashes[index]]))
  }
  hash.update('\n')
}

async function hashFile(path: string, signal: AbortSignal): Promise<string | undefined> {
  signal.throwIfAborted()
  const found = await stat(path).catch(() => undefined)
  if (!found?.isFile()) return undefined // a pipe would never end
  if (found.size > LARGEST) return String(found.size)
  try {
    const hash = createHash('sha256')
    if (found.size <= SMALL) hash.update(await readFile(path))
    else for await (const chunk of createReadStream(path, { signal })) hash.update(chunk)
    return hash.digest('hex')
  } catch {
    signal.throwIfAborted()
    return undefined
  }
}

/** The paths of all files below `folder/name`, in the order of their names. Links are followed that stay in the folder. */
async function filesBelow(folder: string, name: string, skipped: readonly string[]): Promise<readonly string[]> {
  const root = await realpath(folder).catch(() => folder)
  const files: string[] = []
  const seen = new Set<string>()
  const look = async (path: string): Promise<void> => {
    const real = await realpath(join(folder, path)).catch(() => undefined)
    if (real === undefined || !isWithin(root, real) || files.length >= MOST_FILES) return
    const found = await stat(real).catch(() => undefined)
    if (found?.isFile()) return void files.push(path)
    if (!found?.isDirectory() || seen.has(real)) return
    seen.add(real)
    const names = await readdir(real).catch(() => [])
    for (const one of names.toSorted()) if (!skipped.includes(one)) await look(join(path, one))
  }
  await look(name)
  return files
}
