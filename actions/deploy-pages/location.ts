/** Where things may lie: a link, or a configuration that somebody pushed, must not have another place published. */
import { realpath } from 'node:fs/promises'
import { isAbsolute, relative, sep } from 'node:path'
import type { Problem } from './problem.ts'

/** Whether the path is the root or below it, by their names alone. */
export function isWithin(root: string, path: string): boolean {
  const way = relative(root, path)
  return way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way)
}

/** actions/checkout before v6 keeps its token in there, unless it is told not to. */
export function isInGit(root: string, path: string): boolean {
  return relative(root, path).split(sep).includes('.git')
}

export interface Claim {
  /** Absolute. */
  readonly directory: string
  /** A wrangler configuration names it, and not the workflow. */
  readonly isConfigured: boolean
}

/**
 * A folder that the workflow names by a path outside of the workspace is its author's choice. Any other must lie in
 * one of these folders (the workspace, the runner's temporary one), links resolved.
 *
 * @param roots absolute
 */
export async function checkLocation(
  { directory, isConfigured }: Claim,
  roots: readonly string[],
): Promise<Problem | undefined> {
  const isClaimed = roots.some((root) => isWithin(root, directory))
  if (!isClaimed) return isConfigured ? outside(directory) : undefined
  const real = await realpath(directory).catch(() => undefined)
  if (real === undefined) return undefined // that there is none is told elsewhere
  const realRoots = await Promise.all(roots.map((root) => realpath(root).catch(() => root)))
  const root = realRoots.find((candidate) => isWithin(candidate, real))
  if (root === undefined) return leading(directory, real)
  return isInGit(root, real) ? inGit(directory) : undefined
}

const HINT = 'Correct the input directory or pages_build_output_dir'

function outside(directory: string): Problem {
  return {
    message: `The folder to deploy, ${directory}, lies outside of the workspace.`,
    hint: `${HINT}; a wrangler configuration cannot have anything else published.`,
  }
}

function leading(directory: string, real: string): Problem {
  return {
    message: `The folder to deploy, ${directory}, leads out of the workspace, to ${real}.`,
    hint: `${HINT}, or copy the content into the workspace instead of linking to it.`,
  }
}

function inGit(directory: string): Problem {
  return { message: `The folder to deploy, ${directory}, lies in .git, which may hold a token.`, hint: `${HINT}.` }
}

/** The real path, where it lies in the root with all links resolved; undefined for any other, and for what is not there. */
export async function realPathWithin(root: string, path: string): Promise<string | undefined> {
  const [realRoot, real] = await Promise.all([root, path].map((one) => realpath(one).catch(() => undefined)))
  return realRoot !== undefined && real !== undefined && isWithin(realRoot, real) ? real : undefined
}
