/** The workflows that a rehearsed one may start by itself: found where the repository has its own, and beside it. */
import { existsSync, readFileSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import type { GitHub } from './github/server.ts'
import { isString, Token } from './runner/library.ts'
import { readWorkflow, type Workflow } from './runner/workflow.ts'

const OWN = join('.github', 'workflows')

/**
 * The files of the workflows that this one names, in an input or a script.
 * @param source the folder that stands for the repository
 */
export function namedWorkflows({ root, file }: Workflow, source: string): readonly string[] {
  const texts = [...Token.traverse(root, true)].flatMap(([, token]) => (isString(token) ? [token.value] : []))
  const names = new Set(texts.flatMap((text) => text.match(/[\w.-]+\.ya?ml\b/g) ?? []))
  names.delete(basename(file))
  return [...names].flatMap((name) => workflowFile(name, file, source) ?? [])
}

/** @param beside which it may lie, where the repository has none of this name */
export function workflowFile(name: string, beside: string, source: string): string | undefined {
  return [join(source, OWN, name), join(dirname(beside), name)].find(isWorkflow)
}

/** Others than the repository's own come to it with the rehearsal. */
export function isOwn(file: string, source: string): boolean {
  return file === join(source, OWN, basename(file))
}

function isWorkflow(file: string): boolean {
  if (!existsSync(file) || !statSync(file).isFile()) return false
  const text = readFileSync(file, 'utf8')
  return /^jobs:/m.test(text) && /^["']?on["']?:/m.test(text)
}

/**
 * Those that are known keep their state. One that the rehearsal cannot read is known to GitHub nevertheless: its run fails,
 * and says why.
 */
export async function teachWorkflows(github: GitHub, files: readonly string[]): Promise<void> {
  for (const file of files) {
    const path = `.github/workflows/${basename(file)}`
    if (github.workflows.some((known) => known.path === path)) continue
    const { name, dispatchable } = await describe(file, path)
    github.setWorkflow({ name, path, state: 'active', dispatchable })
  }
}

async function describe(file: string, path: string) {
  try {
    const { name, on } = await readWorkflow(file)
    return { name, dispatchable: 'workflow_dispatch' in on }
  } catch {
    return { name: path, dispatchable: true }
  }
}
