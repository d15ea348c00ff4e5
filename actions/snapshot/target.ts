/** The folder that a restore writes to: where it may be, and how a new one takes its place. */
import { randomBytes } from 'node:crypto'
import { lstat, mkdir, readdir, realpath, rename, rm } from 'node:fs/promises'
import { basename, dirname, join, relative, resolve, sep } from 'node:path'
import { ActionError } from '../../src/errors.ts'
import type { RestoreInputs } from './inputs.ts'

export interface Target {
  /** Absolute, with all links above it resolved, so that what is checked is what is replaced. */
  readonly path: string
  /** Whether there is a folder to replace. */
  readonly isTaken: boolean
}

interface Places {
  readonly workspace: string
  /** Of this step. */
  readonly temp: string
}

/** @throws ActionError when nothing may be restored there */
export async function findTarget(inputs: RestoreInputs, { workspace, temp }: Places): Promise<Target> {
  const path = await locate(inputs.target, workspace)
  const held = [
    { what: 'the workspace itself', folder: workspace },
    { what: "this step's own files", folder: temp },
  ]
  for (const { what, folder } of held) {
    if (isIn(await realpath(folder), path)) throw taken(inputs.target, `is or holds ${what}`)
  }
  if (inputs.store.kind === 'directory') {
    const store = await realpath(resolve(workspace, inputs.store.path)).catch(() => undefined)
    if (store !== undefined && (isIn(store, path) || isIn(path, store))) {
      throw taken(inputs.target, 'is, holds or lies in the store of the snapshots')
    }
  }
  return { path, isTaken: await requireFree(path, inputs) }
}

function isIn(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}${sep}`)
}

function taken(target: string, why: string): ActionError {
  return new ActionError(`Input target is ${target}, which ${why}.`, {
    hint: 'Restore into a folder of its own, as in "target: restored", and copy from there.',
  })
}

/** @returns a new folder beside the target, on the same file system, that nobody else can read */
export async function makeBeside({ path }: Target, target: string): Promise<string> {
  const into = beside(path, 'restoring')
  await mkdir(dirname(path), { recursive: true }).catch(unmakable(target))
  await mkdir(into, { mode: 0o700 }).catch(unmakable(target))
  return into
}

function unmakable(target: string): (error: unknown) => never {
  return (error) => {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error)
    throw new ActionError(`The folder for input target, ${target}, cannot be made (${code}).`, {
      hint: 'Choose a target below the workspace, as in "target: restored", or one below RUNNER_TEMP.',
      cause: error,
    })
  }
}

/** A name that nobody has, on the same file system. */
function beside(target: string, what: string): string {
  return join(dirname(target), `.${basename(target)}.${what}-${randomBytes(4).toString('hex')}`)
}

async function locate(target: string, workspace: string): Promise<string> {
  const wanted = resolve(workspace, target)
  const parent = await nearest(dirname(wanted))
  return join(parent.real, parent.rest, basename(wanted))
}

/** The nearest folder above that exists, and what is missing below it. */
async function nearest(folder: string): Promise<{ readonly real: string; readonly rest: string }> {
  for (let there = folder; ; there = dirname(there)) {
    const real = await realpath(there).catch(() => undefined)
    if (real !== undefined) return { real, rest: relative(there, folder) }
    if (dirname(there) === there) return { real: there, rest: relative(there, folder) }
  }
}

/** @returns whether there is something to replace */
async function requireFree(path: string, { target, overwrite }: RestoreInputs): Promise<boolean> {
  const found = await lstat(path).catch(() => undefined)
  if (found === undefined) return false
  if (!found.isDirectory()) {
    const what = found.isSymbolicLink() ? 'a symbolic link' : 'a file'
    throw new ActionError(`Input target is ${target}, which is ${what}, not a folder.`, {
      hint: 'Name a new folder.',
    })
  }
  if (overwrite || (await readdir(path)).length === 0) return true
  throw new ActionError(`The folder ${target} is not empty, and nothing in it is replaced unasked.`, {
    hint: 'Restore into a new folder, or set "overwrite: true" to replace everything in this one.',
  })
}

/** What is there is moved aside first, and back if the new folder cannot take its place. */
export async function swap(from: string, { path: target, isTaken }: Target): Promise<void> {
  const aside = beside(target, 'replaced')
  if (isTaken) await rename(target, aside).catch(explain(target))
  try {
    await rename(from, target)
  } catch (error) {
    if (isTaken) await rename(aside, target)
    explain(target)(error)
  }
  if (isTaken) await rm(aside, { recursive: true, force: true })
}

function explain(target: string): (error: unknown) => never {
  return (error) => {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error)
    throw new ActionError(`The restored files could not be moved to ${target} (${code}); what is there is as it was.`, {
      hint:
        code === 'EBUSY' || code === 'EXDEV'
          ? 'It is the root of a mounted volume: restore into a folder inside it.'
          : 'Check who may write to the folder above it.',
      cause: error,
    })
  }
}
