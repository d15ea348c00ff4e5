/** Why what came back over a connection is no answer. */
import { clientCertificate } from './explain-certificate.ts'
import { codeOf, Failure } from './failure.ts'

export interface Lost {
  /** `example.com:443`. */
  readonly place: string
  /** The first bytes that came; undefined when none did. */
  readonly begun: Buffer | undefined
  /** Whether the connection had answered before. */
  readonly reused: boolean
  readonly secure: boolean
}

/** A kept connection that the server closed before it answered: the request may be made again on another one. */
export class ClosedKept extends Failure {}

export function explainAnswer(error: Error, lost: Lost): Failure {
  const code = codeOf(error)
  if (code.startsWith('HPE_')) return explainGarbage(code, error, lost)
  if (/CERTIFICATE_REQUIRED|BAD_CERTIFICATE/.test(code)) return clientCertificate(lost.place)
  const kept = lost.reused && lost.begun === undefined
  const [kind, message, hint] = explainLoss(error, code, lost)
  return kept ? new ClosedKept(kind, message, hint) : new Failure(kind, message, hint)
}

function explainLoss(error: Error, code: string, { place, begun }: Lost) {
  if (begun !== undefined) {
    const hint = "Look at the server's log for a crash while it was answering."
    return ['reset', `${place} closed the connection in the middle of the headers of its answer.`, hint] as const
  }
  // Node's own words for an orderly end; a reset names the system call that saw it.
  if (code === 'ECONNRESET' && !('syscall' in error)) {
    const hint = "Look at the server's log: it took the request and hung up, as a crashing worker or a wrong port does."
    return ['empty', `${place} closed the connection without an answer.`, hint] as const
  }
  const hint = "Look at the server's log for a crash, and at firewalls and load balancers in front of it."
  return ['reset', `${place} reset the connection before it answered (${code || error.message}).`, hint] as const
}

function explainGarbage(code: string, error: Error, { place, begun, secure }: Lost): Failure {
  if (code === 'HPE_HEADER_OVERFLOW') {
    const hint = 'Look for cookies or a header that grow with every request.'
    return new Failure('protocol', `${place} sends more than 64 KiB of headers.`, hint)
  }
  const spoken = protocolOf(begun)
  if (spoken !== undefined) {
    const hint = spoken === 'TLS' && !secure ? 'Write https://, or look at the port.' : 'Look at the port.'
    return new Failure('protocol', `${place} speaks ${spoken} on this port, not HTTP/1.1.`, hint)
  }
  const reason = 'reason' in error && typeof error.reason === 'string' ? error.reason : code
  const hint = 'Look at whether the port is the right one, and at what writes the headers there.'
  return new Failure('protocol', `${place} sends something that is not HTTP/1.1 (${reason}).`, hint)
}

function protocolOf(begun: Buffer | undefined): string | undefined {
  const [first = 0, second = 0, , fourth = 0] = begun ?? []
  const text = begun?.subarray(0, 8).toString('latin1') ?? ''
  if (first >= 0x14 && first <= 0x17 && second === 3) return 'TLS' // a record of it: type, then version 3.x
  if (first === 0 && second === 0 && fourth === 4) return 'HTTP/2' // begins with a SETTINGS frame
  if (text.startsWith('SSH-')) return 'SSH'
  if (/^(220[ -]|\+OK)/.test(text)) return 'a mail or file protocol'
  if (/^\s*</.test(text)) return 'HTTP/0.9'
  return undefined
}
