/** Files of any size from GitHub: streamed, watched for standstill, and gone on with where a connection broke. */
import type { Readable } from 'node:stream'
import { ActionError } from '../../../src/errors.ts'
import { type Failure, failureOf, lost, PATIENCE, type Patience, patiently } from './github-http.ts'
import { resumable } from './resume.ts'

/** No byte for this long ends a connection, in milliseconds; the download then goes on over another. */
const IDLE_TIMEOUT = 60_000
/** How often one download goes on after a break; with hardly a byte between them, `Patience.attempts` breaks end it. */
const MOST_BREAKS = 50

/** Content on its way here. */
export interface Opened {
  /** 206: it begins where it was asked to; 200: at the first byte. */
  readonly status: number
  readonly headers: Headers
  readonly body: Readable
}

export interface Download {
  /** Completes "GitHub refused to …": `download the artifact NAME`. */
  readonly doing: string
  /** The content from that byte on. @throws Failure, ActionError */
  readonly open: (offset: number) => Promise<Opened>
  /** Called once, before the first byte. @throws ActionError where it is not what it should be */
  readonly check?: (headers: Headers) => void
  readonly signal: AbortSignal
  readonly note: (what: string) => void
  readonly patience?: Patience
  /** Milliseconds. Default: 60 s. */
  readonly idle?: number
}

/** @throws what `open` throws for the first byte; the stream fails with an ActionError when the rest does not come */
export async function download(wanted: Download): Promise<Readable> {
  const { patience = PATIENCE, signal, note, doing, open, idle = IDLE_TIMEOUT } = wanted
  const first = await patiently(() => open(0), { patience, signal, note })
  try {
    wanted.check?.(first.headers)
  } catch (error) {
    first.body.destroy()
    throw error
  }
  const size = sizeOf(first)
  return resumable(first.body, {
    signal,
    size,
    idle,
    attempts: patience.attempts,
    most: MOST_BREAKS,
    reopen: async (offset) => {
      const { status, body } = await open(offset)
      return { stream: body, start: status === 206 ? offset : 0 }
    },
    isTransient: (error) => !(error instanceof ActionError) && failed(error).isTransient,
    explain: (error, offset) =>
      error instanceof ActionError ? error : brokenOff({ doing, offset, size }, failed(error)),
    onResume: (error, offset) => note(`${failed(error).brief}, going on at byte ${offset}`),
    waitFor: (failures) => 1000 * failures,
    sleep: patience.sleep,
  })
}

function failed(error: unknown): Failure {
  return failureOf(error) ?? lost(error)
}

/** undefined where the server does not say it. */
function sizeOf({ headers }: Opened): number | undefined {
  const length = headers.get('content-length')
  return length === null ? undefined : Number(length)
}

function brokenOff(
  { doing, offset, size }: { readonly doing: string; readonly offset: number; readonly size: number | undefined },
  failure: Failure,
): ActionError {
  const of = size === undefined ? '' : ` of ${size}`
  return new ActionError(
    `GitHub could not be made to ${doing}: it broke off at byte ${offset}${of} (${failure.brief}).`,
    {
      hint: "Check that the runner reaches GitHub's storage without interruption, then run the job again.",
      cause: failure,
    },
  )
}
