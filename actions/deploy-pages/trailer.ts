/**
 * Tells an upload from all others: by the run that made it and by all that went into it. Cloudflare keeps no field for
 * that, so that both stand in the last line of the commit message that it is told.
 */
import { cutToBytes } from './target.ts'

export interface Mark {
  /** GITHUB_RUN_ID, which every attempt of a run has. */
  readonly runId: number
  /** 32 hexadecimal digits; see digest.ts. */
  readonly digest: string
}

/** Cloudflare refuses a longer one (MAX_COMMIT_MESSAGE_BYTES in cloudflare/workers-sdk). */
const COMMIT_MESSAGE_BYTES = 384

const TRAILER = /(?:^|\n)Slipway-Upload: (\d+)-([0-9a-f]{32})\s*$/

/** The message with its mark; it is cut before the mark would be. */
export function withMark(message: string | undefined, { runId, digest }: Mark): string {
  const trailer = `Slipway-Upload: ${runId}-${digest}`
  const begin = cutToBytes(asSent(message ?? ''), COMMIT_MESSAGE_BYTES - Buffer.byteLength(asSent(`\n\n${trailer}`)))
  const kept = begin.replaceAll('\r', '').trimEnd()
  return kept === '' ? trailer : `${kept}\n\n${trailer}`
}

/** Undefined where something else than this action made the deployment. */
export function readMark(message: string | null | undefined): Mark | undefined {
  const [, runId, digest] = TRAILER.exec(message ?? '') ?? []
  return runId === undefined || digest === undefined ? undefined : { runId: Number(runId), digest }
}

export function isSameMark(one: Mark | undefined, other: Mark): boolean {
  return one?.runId === other.runId && one.digest === other.digest
}

/** A form ends its lines with two characters (developer.mozilla.org/docs/Web/API/FormData). */
function asSent(message: string): string {
  return message.replaceAll(/\r?\n/g, '\r\n')
}
