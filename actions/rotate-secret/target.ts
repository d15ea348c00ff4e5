/** The lines of the input `targets`: every place that holds the secret. */
import { ActionError } from '../../src/errors.ts'
import { type Program, parseProgram } from '../../src/program.ts'

/** A place in GitHub. Names of owners and repositories are kept as they were written. */
export type GitHubTarget =
  | { readonly kind: 'repository' | 'dependabot' | 'codespaces'; readonly owner: string; readonly repo: string }
  | { readonly kind: 'environment'; readonly environment: string; readonly owner: string; readonly repo: string }
  | { readonly kind: 'organization'; readonly organization: string }

type CloudflareTarget =
  | { readonly kind: 'pages'; readonly project: string; readonly environment: 'production' | 'preview' }
  | { readonly kind: 'worker'; readonly script: string }

export type Target = (GitHubTarget | CloudflareTarget | ({ readonly kind: 'command' } & Program)) & {
  /** As reports name it; of a command the program alone. */
  readonly label: string
}

type ActionsTarget = Extract<Target, { readonly kind: 'repository' | 'environment' | 'organization' }>

export interface Home {
  readonly owner: string
  readonly repo: string
}

const FORMS =
  'Write one a line: repository, repository:owner/repo, environment:NAME, environment:NAME@owner/repo, organization:NAME, dependabot, codespaces, pages:PROJECT/production, pages:PROJECT/preview, worker:SCRIPT, or "command: program arguments".'

/**
 * @param home the repository of the run, for the lines that name none
 * @throws ActionError for a line that cannot be read, for one that is there twice, and when none tells the age
 */
export function parseTargets(lines: readonly string[], home: Home): readonly Target[] {
  const targets = numbered(lines.map((line, index) => parseTarget(line, index, home)))
  const places = targets.map(placeOf)
  const twice = targets.find((_, index) => places.indexOf(places[index] ?? '') !== index)
  if (twice !== undefined) {
    throw new ActionError(`Input targets has ${twice.label} twice.`, { hint: 'Leave one of the lines out.' })
  }
  if (targets.some(isActions)) return targets
  throw new ActionError('Input targets names no secret of GitHub Actions.', {
    hint: 'Add repository, environment:NAME or organization:NAME. When it was last written tells how old the value is, and it is written last, when everything else has the new value.',
  })
}

/** Labels tell targets apart in reports, and of a command they show the program alone. */
function numbered(targets: readonly Target[]): readonly Target[] {
  return targets.map((target, index) => {
    const before = targets.slice(0, index).filter(({ label }) => label === target.label).length
    return target.kind === 'command' && before > 0 ? { ...target, label: `${target.label} (${before + 1})` } : target
  })
}

export function isActions(target: Target): target is ActionsTarget {
  return target.kind === 'repository' || target.kind === 'environment' || target.kind === 'organization'
}

/** Whether a workflow of the repository can read it. */
export function isReadable(target: ActionsTarget, home: Home): boolean {
  if (target.kind === 'organization') return same(target.organization, home.owner)
  return same(target.owner, home.owner) && same(target.repo, home.repo)
}

function same(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase()
}

/** Two lines with the same one are the same place: GitHub compares without case. */
function placeOf(target: Target): string {
  const { label, ...place } = target
  return target.kind === 'command' ? JSON.stringify(place) : JSON.stringify(place).toLowerCase()
}

function parseTarget(line: string, index: number, home: Home): Target {
  const [, kind = '', rest] = /^([a-z]+)(?:\s*:\s*(.*))?$/su.exec(line) ?? []
  const target = READERS.get(kind)?.(rest, home)
  if (target !== undefined) return target
  if (kind === 'command') throw new ActionError(`Input targets, line ${index + 1}, names no program.`, { hint: FORMS })
  throw new ActionError(`Input targets has the line "${line}", which is no target.`, { hint: FORMS })
}

type Reader = (rest: string | undefined, home: Home) => Target | undefined

/** A map: a line of "constructor" names no reader. */
const READERS: ReadonlyMap<string, Reader> = new Map(
  Object.entries<Reader>({
    repository: ofRepository('repository'),
    dependabot: ofRepository('dependabot'),
    codespaces: ofRepository('codespaces'),
    environment(rest = '', home) {
      const [, environment = '', slug] = /^(.+?)(?:@([^@]+\/[^@]+))?$/su.exec(rest) ?? []
      const place = slug === undefined ? home : repositoryOf(slug)
      if (environment === '' || isUp(environment) || place === undefined) return undefined
      return { kind: 'environment', environment, ...place, label: `environment:${rest}` }
    },
    organization(rest = '') {
      if (!/^[\w.-]+$/.test(rest) || isUp(rest)) return undefined
      return { kind: 'organization', organization: rest, label: `organization:${rest}` }
    },
    pages(rest = '') {
      const [, project, environment] = /^([a-z0-9-]+)\/(production|preview)$/.exec(rest) ?? []
      if (project === undefined || (environment !== 'production' && environment !== 'preview')) return undefined
      return { kind: 'pages', project, environment, label: `pages:${rest}` }
    },
    worker(rest = '') {
      return /^[\w-]+$/.test(rest) ? { kind: 'worker', script: rest, label: `worker:${rest}` } : undefined
    },
    command(rest = '') {
      if (rest === '') return undefined
      const program = parseProgram(rest, 'Input targets, command,')
      return { kind: 'command', ...program, label: `command: ${program.program}` }
    },
  }),
)

function ofRepository(kind: 'repository' | 'dependabot' | 'codespaces'): Reader {
  return (rest, home) => {
    const place = rest === undefined ? home : repositoryOf(rest)
    if (place === undefined) return undefined
    return { kind, owner: place.owner, repo: place.repo, label: rest === undefined ? kind : `${kind}:${rest}` }
  }
}

/** A name that would lead out of its place in an address. */
function isUp(name: string): boolean {
  return name === '.' || name === '..'
}

function repositoryOf(slug: string): Home | undefined {
  const [, owner, repo] = /^([\w.-]+)\/([\w.-]+)$/.exec(slug) ?? []
  return owner === undefined || repo === undefined || isUp(owner) || isUp(repo) ? undefined : { owner, repo }
}
