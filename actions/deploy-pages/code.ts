/** What wrangler compiles: `functions/` beside the folder and `_worker.js` in it. */
import { lstat, readdir, realpath, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { exists } from './files.ts'
import { isInGit, isWithin } from './location.ts'
import { escapeControls } from './names.ts'
import type { Problem } from './problem.ts'
import type { Stranger } from './trust.ts'

/** Packages link to each other, and their code is the project's own choice. */
const SKIPPED = ['node_modules', '.git']
/** Real folders; far more than any project has. */
const MOST_FOLDERS = 10_000

/**
 * Links that would have the compiler read what is not the project's, also behind other links. The code itself can do
 * the same by an import, so that this guards against accidents and not against its authors.
 */
export async function findStrayLinks(parent: string, name: string, workspace: string): Promise<readonly Problem[]> {
  const root = await realpath(workspace).catch(() => workspace)
  const problems: Problem[] = []
  const seen = new Set<string>()
  const look = async (path: string, shown: string): Promise<void> => {
    const found = await lstat(path).catch(() => undefined)
    const isLink = found?.isSymbolicLink() ?? false
    if (!isLink && !found?.isDirectory()) return
    const real = await realpath(path).catch(() => undefined)
    if (real === undefined) return // the compiler says so if it needs it
    if (isLink && (!isWithin(root, real) || isInGit(root, real))) return void problems.push(stray(shown, real))
    const isFolder = isLink ? (await stat(real).catch(() => undefined))?.isDirectory() : true
    if (!isFolder || seen.has(real) || seen.size >= MOST_FOLDERS) return
    seen.add(real)
    const names = await readdir(real).catch(() => [])
    for (const one of names) if (!SKIPPED.includes(one)) await look(join(real, one), `${shown}/${one}`)
  }
  await look(join(parent, name), name)
  return problems
}

function stray(name: string, real: string): Problem {
  return {
    message: `"${escapeControls(name)}" is a link that leaves the workspace, to ${escapeControls(real)}, and would publish what is there.`,
    hint: 'Copy the content into the project instead of linking to it.',
  }
}

/**
 * The compiler runs with the token in its environment and puts any file of the runner that the code imports into the
 * Function (`import token from '/proc/self/environ'`), so that whoever writes Functions can publish the token.
 */
export async function checkStrangersCode(
  { kind, whose }: Stranger,
  directory: string,
  workingDirectory: string,
): Promise<Problem | undefined> {
  const [worker, functions] = await Promise.all([
    exists(join(directory, '_worker.js')),
    exists(join(workingDirectory, 'functions')),
  ])
  const found = [...(worker ? ['_worker.js'] : []), ...(functions ? ['functions/'] : [])]
  if (found.length === 0) return undefined
  const review =
    kind === 'fork'
      ? 'Review it and deploy it from a branch of this repository'
      : 'Set expect-environment when the workflow makes sure whose code it deploys'
  return {
    message: `${whose} brings code that would be compiled beside the API token: ${found.join(' and ')}.`,
    hint: `${review}, or remove it in a step before this one and deploy the static files alone.`,
  }
}
