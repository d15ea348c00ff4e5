/** What to say of a line of `paths` that takes nothing: a snapshot never silently lacks what it was asked for. */
import { lstatSync, readdirSync } from 'node:fs'
import { distance } from 'fastest-levenshtein'
import { ActionError } from '../../../src/errors.ts'
import { shown } from '../archive/path.ts'
import { listed } from './listed.ts'
import type { Pattern } from './patterns.ts'

/** Names that a hint lists. */
const SHOWN = 8

/**
 * @param root the workspace, with `/` at its end
 * @param besides whether an exclusion kept the line from something
 */
export function nothingFound({ line, base }: Pattern, root: string, besides: boolean): ActionError {
  const what = besides ? 'takes nothing: what it could mean is excluded' : 'matches nothing in the workspace'
  const hint = [besides ? undefined : whatThereIs(root, base), notExpanded(line)].filter((part) => part !== undefined)
  return new ActionError(`Input paths has the line "${line}", which ${what}.`, {
    hint: hint.join(' ') || 'Check what the steps before this one have made, or leave the line out.',
  })
}

function notExpanded(line: string): string | undefined {
  if (/(?:^|\/)\.git(?:\/|$)/.test(line)) {
    return 'As it may hold a token, .git is taken only by a line that names it before its first wildcard, as ".git/**".'
  }
  if (line.includes('$')) return `Variables are not expanded in paths: write "$\{{ env.NAME }}".`
  if (/[[(]/.test(line))
    return 'Brackets that are part of a name are written with a backslash before each, as in "\\[id\\]".'
  return undefined
}

function whatThereIs(root: string, base: string): string | undefined {
  const names = base === '' ? [] : base.split('/')
  const missing = names.findIndex((_, index) => !exists(root + names.slice(0, index + 1).join('/')))
  const folder = (missing === -1 ? names : names.slice(0, missing)).join('/')
  const wanted = names[missing]
  const found = namesIn(root + folder)
  if (found === undefined) return `${shown(folder)} is not a folder.`
  const near = wanted === undefined ? undefined : nearest(wanted, found)
  if (near !== undefined) return `Did you mean ${shown([...names.slice(0, missing), near].join('/'))}?`
  return contents(folder, found)
}

function contents(folder: string, names: readonly string[]): string {
  const place = folder === '' ? 'The workspace' : `The folder ${shown(folder)}`
  if (names.length === 0) return `${place} is empty: check the steps before this one (a checkout, a build).`
  return `${place} has ${listed(names, SHOWN)}.`
}

/** The one that differs in a letter or two, or only in case; letters that changed places (`dits`) count as two. */
function nearest(wanted: string, names: readonly string[]): string | undefined {
  const plain = wanted.toLowerCase()
  const most = Math.max(1, Math.min(3, Math.floor(wanted.length / 2)))
  const [best] = names
    .map((name) => ({ name, away: distance(plain, name.toLowerCase()) }))
    .sort((one, other) => one.away - other.away)
  return best !== undefined && best.away <= most ? best.name : undefined
}

function exists(file: string): boolean {
  try {
    return lstatSync(file, { throwIfNoEntry: false }) !== undefined
  } catch {
    return false
  }
}

function namesIn(folder: string): readonly string[] | undefined {
  try {
    return readdirSync(folder).sort()
  } catch {
    return undefined
  }
}
