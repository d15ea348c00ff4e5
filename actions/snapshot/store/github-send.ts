/**
 * Requests with a large body, and answers. They go over node:http: fetch keeps far more in memory than is under way, 250 MB
 * of an upload of 200 MB, and a client of Azure's takes 35 MB for its code alone.
 */
import { createHash } from 'node:crypto'
import { open } from 'node:fs/promises'
import http, { type ClientRequest, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http'
import https from 'node:https'
import { ANSWER_TIMEOUT } from './deadlines.ts'
import { smallText } from './documents.ts'
import { Failure, lost } from './github-http.ts'

/** No byte that is taken, or no answer after the last, for this long, in milliseconds. */
const IDLE_TIMEOUT = 120_000
/** Bytes that are read and sent at once. */
const PIECE = 1024 * 1024
/** Of an answer, in bytes. */
const MOST_ANSWER = 1024 * 1024

export interface Body {
  /** Bytes. */
  readonly size: number
  /** Each is valid until the next one is asked for. It can be called again, for another attempt. */
  pieces(): AsyncIterable<Uint8Array> | Iterable<Uint8Array>
}

export function bytesBody(bytes: Uint8Array): Body {
  return { size: bytes.length, pieces: () => (bytes.length === 0 ? [] : [bytes]) }
}

/** A part of a file, up to its known size: a file that grew would break the request. */
export function fileBody(file: string, start: number, size: number): Body {
  return { size, pieces: () => readPieces(file, start, size) }
}

async function* readPieces(path: string, start: number, size: number): AsyncGenerator<Uint8Array> {
  const buffer = Buffer.allocUnsafe(Math.min(PIECE, size))
  const file = await open(path)
  try {
    for (let read = 0; read < size; ) {
      const { bytesRead } = await file.read(buffer, 0, Math.min(buffer.length, size - read), start + read)
      if (bytesRead === 0) throw new Error(`${path} has become shorter while it was uploaded`)
      yield buffer.subarray(0, bytesRead)
      read += bytesRead
    }
  } finally {
    await file.close()
  }
}

interface Request {
  readonly method: 'POST' | 'PUT'
  /** Without its length, which is added. */
  readonly headers: OutgoingHttpHeaders
}

/**
 * @returns the answer's text, and the digest of what was sent, as `sha256:` and 64 hexadecimal digits
 * @throws Failure unless it is 201; the signal's reason
 */
export async function sendBody(url: string, { method, headers }: Request, body: Body, signal: AbortSignal) {
  const watch = startWatch()
  const { request: begin } = url.startsWith('https:') ? https : http
  const all = { ...headers, 'content-length': `${body.size}` }
  const request = begin(url, { method, headers: all, signal: AbortSignal.any([signal, watch.signal]) })
  const answer = answerTo(request)
  try {
    // It may be refused before it is there as a whole.
    const digest = await Promise.race([write(body, request, watch.touch), answer.then(() => '')])
    const { status, text, fields } = await answer
    if (status !== 201) throw new Failure(`HTTP ${status}`, { status, body: text, headers: fields })
    return { text, digest }
  } catch (error) {
    signal.throwIfAborted()
    throw lost(watch.signal.aborted ? watch.signal.reason : error)
  } finally {
    watch.end()
    if (!request.writableFinished) request.destroy()
  }
}

async function answerTo(request: ClientRequest) {
  const { status, headers, body } = described(await responseTo(request))
  return { status, fields: headers, text: (await smallText(body, MOST_ANSWER)) ?? '' }
}

function responseTo(request: ClientRequest): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request.once('response', resolve)
    request.on('error', reject) // stays, since another may follow the first
  })
}

function described(response: IncomingMessage) {
  const headers = new Headers()
  for (const [name, value] of Object.entries(response.headers)) headers.set(name, String(value))
  return { status: response.statusCode ?? 0, headers, body: response }
}

/** Any answer, as soon as its head is there. @throws Failure when there is none; the signal's reason */
export async function get(url: string, headers: OutgoingHttpHeaders, signal: AbortSignal) {
  const { request: begin } = url.startsWith('https:') ? https : http
  const request = begin(url, { headers: { ...headers, 'user-agent': 'slipway' }, signal }).end()
  const late = new Failure(`no answer within ${ANSWER_TIMEOUT / 1000} s`, undefined)
  const timer = setTimeout(() => request.destroy(late), ANSWER_TIMEOUT)
  try {
    return described(await responseTo(request))
  } catch (error) {
    signal.throwIfAborted()
    throw lost(error)
  } finally {
    clearTimeout(timer)
  }
}

async function write(body: Body, request: ClientRequest, touch: () => void): Promise<string> {
  const hash = createHash('sha256')
  for await (const piece of body.pieces()) {
    hash.update(piece)
    // The next piece comes into the same memory: this one has to be on its way.
    await new Promise<void>((resolve, reject) => request.write(piece, (error) => (error ? reject(error) : resolve())))
    touch()
  }
  request.end()
  return `sha256:${hash.digest('hex')}`
}

function startWatch() {
  const idle = new AbortController()
  const late = () => idle.abort(new Failure(`nothing moved for ${IDLE_TIMEOUT / 1000} s`, undefined))
  const timer = setTimeout(late, IDLE_TIMEOUT)
  return { signal: idle.signal, touch: () => void timer.refresh(), end: () => clearTimeout(timer) }
}
