/** Why a rotation is refused before anything was written, and what to do. */
import { ActionError } from '../../src/errors.ts'
import type { Names } from './names.ts'

const NEW_RUN =
  'Start a new run (Actions > the workflow > Run workflow): a re-run may be given the secrets of the first attempt.'

/** @param name of the secret whose value may be out of date */
export function runIsStale(name: string, writtenAt: number, createdAt: number): ActionError {
  return new ActionError(
    `${name} was written at ${time(writtenAt)}, after this run was created (${time(createdAt)}): the value that this run was given may be an older one.`,
    { hint: NEW_RUN },
  )
}

export function someoneElses({ pending }: Names, writtenAt: number, createdAt: number): ActionError {
  return new ActionError(
    `${pending} was written at ${time(writtenAt)}, after this run was created (${time(createdAt)}): another run is rotating, or has stopped in the middle of it.`,
    {
      hint: `If none is at work any more, start a new run: it goes on with ${pending}. A concurrency group of the secret's own, without cancel-in-progress, keeps runs apart.`,
    },
  )
}

/** Between the look and the write somebody else has begun. */
export function overtaken(name: string | undefined): ActionError {
  return new ActionError(
    `Another run has begun to rotate at the same moment: ${name} was not there, and then it was.`,
    {
      hint: "Nothing that checks the value was told of this run's. Wait until the other one has ended, then start a new one. A concurrency group of the secret's own, without cancel-in-progress, keeps runs apart.",
    },
  )
}

/** How to have another new value made. */
export function givingUp({ pending, previous }: Pick<Names, 'pending' | 'previous'>): string {
  const also =
    previous === undefined ? '' : `, and ${previous}, if it was written since then: it holds the value that is in use`
  return `To give that rotation up, delete ${pending ?? 'the pending secret'}${also}.`
}

export function pendingNotGiven({ pending, previous }: Names): ActionError {
  return new ActionError(
    `${pending} exists: a rotation has stopped in the middle of it, and its value was not given to this run.`,
    {
      hint: `Give the step "pending: \${{ secrets.${pending} }}"; if it is there, the job's environment may not be the one that holds the secret. Then start a new run. ${givingUp({ pending, previous })}`,
    },
  )
}

export function pendingGone({ pending }: Names): ActionError {
  return new ActionError(
    `Input pending has a value, and ${pending ?? 'a pending secret'} does not exist where it should: this run was given secrets that are out of date, or those of another place.`,
    { hint: `${NEW_RUN} If that does not help, see whether the organization has a secret of that name.` },
  )
}

/** @param unfinished whether the rotation that wrote it has not come to its end */
export function previousInGrace({ previous }: Names, until: number, unfinished: boolean): ActionError {
  return new ActionError(
    `${previous} still has to work until ${time(until)}: a new rotation would put another value in its place.`,
    {
      hint: `${unfinished ? `The rotation that wrote it was given up: delete ${previous}, which holds the value that is in use, or rotate` : 'Rotate'} after that. Where the secret has leaked, set force to true and grace to 0 (in the template: emergency): then no old value works any more.`,
    },
  )
}

export function previousNotGiven({ previous }: Names): ActionError {
  return new ActionError(`${previous} is to be revoked, and its value was not given to this run.`, {
    hint: `Give the step "previous: \${{ secrets.${previous} }}": revoke-command gets it on standard input.`,
  })
}

function time(at: number): string {
  return `${new Date(at).toISOString().slice(0, 19).replace('T', ' ')} UTC`
}
