/** Which snapshot a person means. */
import { ActionError } from '../../src/errors.ts'
import { idOfArchive, parseId, REASONS, type Reason } from './names.ts'
import { dayOf } from './retention/calendar.ts'
import { isGood, type Judged, judge } from './retention/judge.ts'
import type { Listing, Snapshot } from './store/store.ts'

export type Wanted =
  | { readonly kind: 'latest'; readonly reason?: Reason }
  /** `digest`: what its archive must have, `sha256:` and 64 digits. */
  | { readonly kind: 'id'; readonly id: string; readonly digest?: string }
  /** 7 to 64 lower-case hexadecimal digits. */
  | { readonly kind: 'commit'; readonly prefix: string }
  | { readonly kind: 'tag'; readonly tag: string }

/**
 * An id or the name of its archive, with its digest as `ID@sha256:…` if it must be that very one, `latest`, `latest:` and a reason, the beginning of a commit; all else is a tag.
 * @throws ActionError for an unknown reason, or nothing at all
 */
export function parseWanted(text: string): Wanted {
  const word = text.trim()
  const [name = '', digest, ...more] = word.split(/@(?=sha256:[0-9a-f]{64}$)/)
  const id = parseId(name) === undefined ? idOfArchive(name) : name
  if (id !== undefined && more.length === 0) return { kind: 'id', id, ...(digest !== undefined && { digest }) }
  if (word === 'latest') return { kind: 'latest' }
  if (word.startsWith('latest:')) return { kind: 'latest', reason: parseReason(word.slice('latest:'.length)) }
  if (/^[0-9a-f]{7,64}$/i.test(word)) return { kind: 'commit', prefix: word.toLowerCase() }
  if (word !== '' && !/\s/.test(word)) return { kind: 'tag', tag: word.replace(/^refs\/tags\//, '') }
  throw new ActionError(`Input snapshot is "${word}", which names no snapshot.`, {
    hint: 'Give an id, latest, latest:scheduled, a commit, or a tag such as v1.2.3.',
  })
}

function parseReason(word: string): Reason {
  const found = REASONS.find((reason) => reason === word.trim())
  if (found !== undefined) return found
  throw new ActionError(`Input snapshot is "latest:${word}", and "${word}" is no reason for a snapshot.`, {
    hint: `Use latest: and one of: ${REASONS.join(', ')}; or latest alone.`,
  })
}

export interface Selected {
  readonly snapshot: Snapshot
  /** What a person should know about the choice, each as a whole sentence. */
  readonly notes: readonly string[]
}

export interface Circumstances {
  /** What a wanted tag is at; undefined where the repository has no such tag. */
  readonly commitOfTag?: string | undefined
  /** ms since 1970: a snapshot that is dated later is passed over. Without it every date is believed. */
  readonly now?: number
  /** For the error of an empty series: `of the series production in …`. */
  readonly where?: string
}

/**
 * The newest of those that are meant whose check has not failed; by its id also one whose check has.
 * @throws ActionError when there is none, or when several commits begin alike
 */
export function select(
  listing: Listing,
  wanted: Wanted,
  { commitOfTag, now = Number.POSITIVE_INFINITY, where = 'of the series' }: Circumstances = {},
): Selected {
  const judged = judge(listing.snapshots, now)
  if (judged.length === 0) throw emptySeries(listing, where)
  switch (wanted.kind) {
    case 'latest':
      return selectLatest(judged, wanted.reason, listing)
    case 'id':
      return requireDigest(selectId(judged, wanted.id, listing), wanted.digest)
    case 'commit':
      return selectCommit(judged, wanted.prefix, listing)
    case 'tag':
      return selectTag(judged, wanted.tag, commitOfTag, listing)
  }
}

function selectLatest(judged: readonly Judged[], reason: Reason | undefined, listing: Listing): Selected {
  if (reason === undefined) return newestGoodOf(judged, 'snapshot of the series')
  const fitting = judged.filter(({ snapshot }) => snapshot.manifest.reason === reason)
  if (fitting.length > 0) return newestGoodOf(fitting, `snapshot with the reason ${reason}`)
  const reasons = REASONS.filter((one) => judged.some(({ snapshot }) => snapshot.manifest.reason === one))
  throw notFound(`No snapshot of the series has the reason ${reason}.`, judged, listing, [
    `There are snapshots with the reason ${reasons.join(', ')}.`,
  ])
}

/** The manifest beside an archive is as trustworthy as those who can write to the store; a digest kept elsewhere is more. */
function requireDigest(selected: Selected, digest: string | undefined): Selected {
  const { id, archive } = selected.snapshot.manifest
  if (digest === undefined || digest === archive.digest) return selected
  throw new ActionError(`The archive of ${id} has the digest ${archive.digest}, and input snapshot wants ${digest}.`, {
    hint: 'It is not the one that was meant: somebody has replaced it, or the digest is of another.',
  })
}

function selectId(judged: readonly Judged[], id: string, listing: Listing): Selected {
  const found = judged.find((one) => one.id === id)
  if (found !== undefined) return { snapshot: found.snapshot, notes: noteStanding(found) }
  const [series, asked] = [judged[0]?.snapshot.manifest.series, parseId(id)]
  const elsewhere = asked !== undefined && asked.series !== series
  const away = ({ createdAt }: Judged) => Math.abs(createdAt - (asked?.created.getTime() ?? createdAt))
  const nearest = elsewhere ? judged : judged.toSorted((one, other) => away(one) - away(other))
  const hint = elsewhere
    ? [`It is of the series ${asked.series}, and this one is ${series}: check the input series.`]
    : []
  throw notFound(`There is no snapshot ${id}.`, nearest, listing, hint)
}

function selectCommit(judged: readonly Judged[], prefix: string, listing: Listing): Selected {
  const fitting = judged.filter(({ snapshot }) => snapshot.manifest.commit.startsWith(prefix))
  if (fitting.length === 0)
    throw notFound(`No snapshot is of a commit ${prefix}.`, judged, listing, [
      `If that is a tag, write refs/tags/${prefix}.`,
    ])
  const commits = [...new Set(fitting.map(({ snapshot }) => snapshot.manifest.commit))]
  if (commits.length === 1) return newestGoodOf(fitting, `snapshot of the commit ${prefix}`)
  throw new ActionError(`${commits.length} commits with snapshots begin with ${prefix}.`, {
    hint: `Give more digits, or the id of the snapshot: ${commits.map((one) => candidateOf(one, fitting)).join('; ')}.`,
  })
}

function candidateOf(commit: string, judged: readonly Judged[]): string {
  return `${commit} (${judged.find(({ snapshot }) => snapshot.manifest.commit === commit)?.id})`
}

function selectTag(judged: readonly Judged[], tag: string, commit: string | undefined, listing: Listing): Selected {
  if (commit === undefined) {
    const hints = tag.toLowerCase() === 'latest' ? ['Write latest in small letters.'] : []
    const near = judged.filter(({ id }) => id.startsWith(tag))
    const fact = `The repository has no tag ${tag}, and there is no snapshot of that name.`
    throw notFound(fact, near.length > 0 ? near : judged, listing, hints)
  }
  const fitting = judged.filter(({ snapshot }) => snapshot.manifest.commit === commit)
  if (fitting.length > 0) return newestGoodOf(fitting, `snapshot of ${tag}`)
  throw notFound(`No snapshot is of ${tag}, which is the commit ${commit}.`, judged, listing)
}

/** A date in the future is believed only where there is no other. */
function newestGoodOf(fitting: readonly Judged[], what: string): Selected {
  const good = fitting.filter(isGood)
  const found = good.find(({ inFuture }) => !inFuture) ?? good[0]
  const [newest] = fitting
  if (found !== undefined) {
    return {
      snapshot: found.snapshot,
      notes: [...notePassed(fitting.slice(0, fitting.indexOf(found))), ...noteStanding(found)],
    }
  }
  throw new ActionError(
    `The last check of every ${what} has failed.${newest === undefined ? '' : ` ${sayWrong(newest)}.`}`,
    {
      hint: 'Verify one of them again if its store was out of order, or name one by its id to take it all the same.',
    },
  )
}

/** In one note: the markers of one broken archive may be many. */
function notePassed([newest, ...others]: readonly Judged[]): readonly string[] {
  if (newest === undefined) return []
  const rest =
    others.length === 0 ? '' : `, and so ${others.length === 1 ? 'was one' : `were ${others.length}`} before it`
  return [`${sayWrong(newest)}: it was passed over${rest}.`]
}

function noteStanding(one: Judged): readonly string[] {
  if (one.inFuture || !isGood(one)) return [`${sayWrong(one)}.`]
  return one.standing.kind === 'unchecked' ? [`${one.id} was never verified.`] : []
}

/** Without the full stop. */
function sayWrong({ id, createdAt, standing }: Judged): string {
  if (standing.kind !== 'failed') return `${id} is dated ${dayOf(createdAt)}, which is in the future`
  const problem = standing.problem === null ? '' : ` (${standing.problem.replace(/\.$/, '')})`
  return `The last check of ${id}, on ${dayOf(standing.at)}, has failed${problem}`
}

function emptySeries({ problems }: Listing, where: string): ActionError {
  return new ActionError(`There is no snapshot ${where}.`, {
    hint: [
      'Create one with operation: create; if there should be some, check the inputs series and store.',
      ...sayProblems(problems),
    ].join(' '),
  })
}

/** @param ranked the likeliest first */
function notFound(message: string, ranked: readonly Judged[], { problems }: Listing, hints: readonly string[] = []) {
  const shown = ranked.slice(0, 5).map(({ id }) => id)
  const more = ranked.length > shown.length ? `, and ${ranked.length - shown.length} more` : ''
  const hint = [...hints, `Give one of these ids: ${shown.join(', ')}${more}.`, ...sayProblems(problems)].join(' ')
  return new ActionError(message, { hint })
}

function sayProblems(problems: readonly string[]): readonly string[] {
  return problems.length === 0 ? [] : [`What cannot be read may be it: ${problems[0]}`]
}
