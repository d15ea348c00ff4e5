/**
 * Writes whose answer may be lost. GitHub may then have carried them out or not, so they are never simply repeated:
 * what is there is looked up first. (Octokit's own retries would send a POST again after a reset or a 502.)
 */
import { setTimeout as sleep } from 'node:timers/promises'
import * as v from 'valibot'
import { messageOf } from '../../src/errors.ts'
import { LED_ELSEWHERE } from '../../src/github.ts'
import { type Aftermath, type Asked, explain, unreadable } from './explain.ts'
import { newestStatus, type Status, StatusBody } from './history.ts'
import { asking, type Ports } from './ports.ts'
import type { StatusRequest } from './request.ts'

/** A write that may still be going on when its answer is lost gets this long before it is looked for, in milliseconds. */
const SETTLING = 1000

export interface Write<T> {
  readonly asked: Asked
  readonly send: () => Promise<{ readonly status: number; readonly data: unknown }>
  /** What the write has made, out of GitHub's answer. */
  readonly schema: v.GenericSchema<unknown, T>
  /** What the write has made, if it is there. */
  readonly find: () => Promise<T | undefined>
  /** Why a second attempt is out of the question, if it is. */
  readonly once?: Aftermath
  /** Called when GitHub has refused: then it is certain that nothing was made. */
  readonly refused?: () => void
}

/** What a write has made, and whether it was found rather than answered. */
export interface Written<T> {
  readonly value: T
  readonly found: boolean
}

/**
 * Sends a write, twice at most: after a lost answer the result is looked up, and only if it is not there the write is
 * sent once more.
 *
 * @throws ActionError when GitHub refuses, or when nothing is there in the end; an unknown error as it is
 */
export async function write<T>(wanted: Write<T>, ports: Ports, again = true): Promise<Written<T>> {
  const sent = await send(wanted)
  if (!('lost' in sent)) return { value: sent.value, found: false }
  const { log, signal } = ports.runner
  log.info(`GitHub's answer to the request to ${wanted.asked.doing} was lost: ${sent.reason}. Looking for the result.`)
  await sleep(SETTLING, undefined, { signal }).catch(() => {})
  const found = await wanted.find().catch((error: unknown) => {
    log.debug(messageOf(error))
    throw sent.lost('unknown')
  })
  if (found !== undefined) return { value: found, found: true }
  if (!again || wanted.once !== undefined) throw sent.lost(wanted.once ?? 'absent')
  log.info('It is not there: asking once more.')
  return write(wanted, ports, false)
}

interface Lost {
  readonly reason: string
  readonly lost: (aftermath: Aftermath) => unknown
}

async function send<T>({ asked, send, schema, refused }: Write<T>): Promise<{ readonly value: T } | Lost> {
  try {
    const { status, data } = await send()
    const parsed = v.safeParse(schema, data)
    if (parsed.success) return { value: parsed.output }
    const lost = (aftermath: Aftermath) => unreadable(status, { ...asked, aftermath })
    return { reason: `${status} without content`, lost }
  } catch (error) {
    if (asked.signal.aborted) throw explain(error, asked)
    if (!isLost(error)) {
      refused?.()
      throw explain(error, asked)
    }
    return { reason: reasonOf(error), lost: (aftermath) => explain(error, { ...asked, aftermath }) }
  }
}

/** Octokit's message is the whole page where a proxy answers with one. */
function reasonOf(error: unknown): string {
  const answered = v.safeParse(v.object({ status: v.number(), response: v.object({}) }), error)
  return answered.success ? `HTTP ${answered.output.status}` : messageOf(error)
}

const Failure = v.object({
  status: v.number(),
  response: v.optional(v.object({})),
  cause: v.optional(v.unknown()),
})
const Coded = v.object({ code: v.optional(v.string()), cause: v.optional(v.unknown()) })

/** GitHub itself was never reached: nothing can have been carried out. */
const NEVER_SENT = [
  LED_ELSEWHERE,
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]

function isLost(error: unknown): boolean {
  const failure = v.safeParse(Failure, error)
  if (!failure.success) return false
  const { status, response, cause } = failure.output
  return response === undefined ? !codes(cause).some((code) => NEVER_SENT.includes(code)) : status >= 500
}

function codes(cause: unknown): readonly string[] {
  const parsed = v.safeParse(Coded, cause)
  if (!parsed.success) return []
  const { code, cause: deeper } = parsed.output
  return [...(code === undefined ? [] : [code]), ...codes(deeper)]
}

/**
 * Gives a deployment a status. After a lost answer the newest status counts as this one when it says the same: then
 * the deployment is as wanted, whoever wrote it.
 */
export async function writeStatus(request: StatusRequest, ports: Ports): Promise<Status> {
  const { deployment_id: id, state, log_url: logUrl } = request
  const { value } = await write<Status>(
    {
      asked: asking(`set deployment ${id} to ${state}`, ports),
      send: () => ports.github.rest.repos.createDeploymentStatus(request),
      schema: StatusBody,
      find: async () => {
        const newest = await newestStatus(id, ports)
        return newest?.state === state && newest.logUrl === logUrl ? newest : undefined
      },
    },
    ports,
  )
  return value
}
