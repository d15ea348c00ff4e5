/** Where the pack says its own address, and how one text gets another: `owner/name` and the ref that people write. */

export interface PackAddress {
  readonly repository: string
  /** A moving tag, as `v1`, or a commit. */
  readonly ref: string
}

/** A mention that says which file of the pack is meant, so that it is the pack's whatever address it has. */
interface Mention {
  readonly repository: string
  /** undefined: it is mentioned without one. */
  readonly ref: string | undefined
  /** From 1. */
  readonly line: number
}

/** @throws Error when it is not `owner/name@ref` */
export function parseAddress(text: string): PackAddress {
  const [, repository, ref] = /^([\w-]+\/[\w.-]+)@([\w.-]+)$/.exec(text) ?? []
  if (repository !== undefined && ref !== undefined) return { repository, ref }
  throw new Error(
    `"${text}" is no address. Write it as my-org/slipway@REF, with a tag, a commit or a branch without a slash as REF.`,
  )
}

const NAME = '([\\w-]+/[\\w.-]+?)'
const REF = '([\\w.-]+)'

/** `uses:` lines, raw files, and pages of files and folders. */
function patterns(actions: readonly string[]): readonly RegExp[] {
  const any = `(?:${actions.join('|')})\\b`
  return [
    new RegExp(`(?<![\\w/.])${NAME}/actions/${any}@${REF}`, 'g'),
    new RegExp(`(?<=raw\\.githubusercontent\\.com/)${NAME}/${REF}/(?:actions|dist)/${any}`, 'g'),
    new RegExp(`(?<=github\\.com/)${NAME}/(?:tree|blob)/${REF}/(?:actions|dist)/${any}`, 'g'),
  ]
}

/** By the name alone: the rules of Dependabot and zizmor for all that the pack has, and its actions where nobody uses them. */
function bare(actions: readonly string[]): readonly RegExp[] {
  return [
    new RegExp(`(?<=patterns: \\[[^\\]]*['"])${NAME}(?=\\*['"])`, 'g'),
    new RegExp(`(?<=['"])${NAME}(?=/\\*['"]: (?:ref-pin|any)\\b)`, 'g'),
    new RegExp(`(?<![\\w/.-])${NAME}(?=/actions/(?:${actions.join('|')})(?![\\w@/-]))`, 'g'),
  ]
}

/** @param actions the names of the pack's own */
export function mentionsIn(text: string, actions: readonly string[]): readonly Mention[] {
  return [...patterns(actions), ...bare(actions)].flatMap((pattern) =>
    [...text.matchAll(pattern)].map((match) => {
      const [, repository = '', ref] = match
      return { repository, ref, line: text.slice(0, match.index).split('\n').length }
    }),
  )
}

/**
 * @param from the address that the text has had; its name goes wherever it stands, even without a ref
 * @returns the text with every mention at the address `to`
 */
export function readdress(text: string, actions: readonly string[], from: PackAddress, to: PackAddress): string {
  const exact = patterns(actions).reduce(
    (current, pattern) =>
      current.replaceAll(pattern, (whole: string, repository: string, ref: string) => {
        const rest = whole.slice(repository.length)
        return to.repository + swapRef(rest, ref, to.ref)
      }),
    text,
  )
  return named(exact, from, to)
}

/** The ref stands at the end, or between two slashes. */
function swapRef(rest: string, ref: string, next: string): string {
  if (rest.endsWith(`@${ref}`)) return `${rest.slice(0, -ref.length)}${next}`
  return rest.replace(`/${ref}/`, `/${next}/`)
}

function named(text: string, from: PackAddress, to: PackAddress): string {
  const name = escaped(from.repository)
  const ref = escaped(from.ref)
  return text
    .replaceAll(
      new RegExp(`(?<![\\w.-])${name}((?:/[\\w.*-]+)*)@${ref}(?![\\w.-])`, 'g'),
      `${to.repository}$1@${to.ref}`,
    )
    .replaceAll(new RegExp(`(?<![\\w.-])${name}((?:/(?:tree|blob))?)/${ref}(?=/)`, 'g'), `${to.repository}$1/${to.ref}`)
    .replaceAll(new RegExp(`(?<![\\w.-])${name}(?![\\w-])`, 'g'), to.repository)
}

function escaped(text: string): string {
  return text.replaceAll(/[.-]/g, '\\$&')
}
