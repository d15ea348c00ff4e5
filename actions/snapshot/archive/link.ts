/** Where a symbolic link of a snapshot leads to, followed as a kernel does it, and without a file system. */
import { shown, textProblem } from './path.ts'

/** As many as Linux follows for one path. */
const MOST_HOPS = 40

/**
 * @param linkAt the target of the link at a path, if there is one
 * @returns why the link cannot be there, as a whole sentence
 */
export function linkProblem(
  path: string,
  target: string,
  linkAt: (path: string) => string | undefined,
): string | undefined {
  const link = `The link ${shown(path)} to ${shown(target)}`
  const problem = textProblem(target)
  if (problem !== undefined) return `${link} has a target that ${problem}.`
  if (/^[\\/]/.test(target)) return `${link} is absolute.`
  const leads = follow(path, target, linkAt)
  // A backslash separates on the system that it may be restored on.
  if (leads === 'outside' || follow(path, target.replaceAll('\\', '/'), linkAt) === 'outside') {
    return `${link} leads out of the snapshot.`
  }
  return leads === 'nowhere' ? `${link} leads through more than ${MOST_HOPS} links, or in a circle.` : undefined
}

/** What is not there counts as a folder: it may be one later. */
function follow(path: string, target: string, linkAt: (path: string) => string | undefined) {
  const at = path.split('/').slice(0, -1)
  const ahead = target.split('/').toReversed()
  let hops = 1 // to follow the link itself
  for (let part = ahead.pop(); part !== undefined; part = ahead.pop()) {
    if (part === '' || part === '.') continue
    if (part === '..') {
      if (at.pop() === undefined) return 'outside'
      continue
    }
    at.push(part)
    const next = linkAt(at.join('/'))
    if (next === undefined) continue
    if (next.startsWith('/')) return 'outside'
    hops += 1
    if (hops > MOST_HOPS) return 'nowhere'
    at.pop()
    ahead.push(...next.split('/').toReversed())
  }
  return 'inside'
}
