/** What is filled on one side and emptied on the other, each by a function that may fail. */

/** What Node says of a stream whose other end has failed. */
const ECHOES = ['ABORT_ERR', 'ERR_STREAM_DESTROYED', 'ERR_STREAM_PREMATURE_CLOSE', 'ERR_STREAM_WRITE_AFTER_END']

export interface Ends {
  readonly fill: () => Promise<void>
  readonly empty: () => Promise<void>
  /** Called when one has failed: makes the other one end. */
  readonly abandon: () => void
}

/**
 * Waits for both, so that nothing is left running.
 *
 * @throws the signal's reason when aborted; otherwise what has failed by itself, and not because of the other
 */
export async function bothEnds({ fill, empty, abandon }: Ends, signal: AbortSignal): Promise<void> {
  const ends = await Promise.allSettled(
    [fill, empty].map((end) =>
      end().catch((error: unknown) => {
        abandon()
        throw error
      }),
    ),
  )
  signal.throwIfAborted()
  const reasons = ends.flatMap((end) => (end.status === 'rejected' ? [end.reason] : []))
  if (reasons.length > 0) throw reasons.find((reason) => !isEcho(reason)) ?? reasons[0]
}

function isEcho(reason: unknown): boolean {
  return reason instanceof Error && 'code' in reason && ECHOES.includes(String(reason.code))
}
