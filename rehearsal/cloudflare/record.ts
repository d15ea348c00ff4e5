/** Keeps every API request and its answer, without credentials and without file contents. */
import type { Context, MiddlewareHandler } from 'hono'
import type { FaultEnv } from '../faults.ts'
import type { RecordedRequest } from '../server.ts'
import { API_PATH } from './envelope.ts'

/** Longer form fields are kept as their size. */
const SHORT_TEXT = 200

export function recordRequests(requests: RecordedRequest[]): MiddlewareHandler<FaultEnv> {
  return async (c, next) => {
    const at = new Date().toISOString()
    const body = await recordedBody(c).catch(() => null)
    await next()
    const fault = c.get('fault')
    requests.push({
      side: 'cloudflare',
      at,
      method: c.req.method,
      path: c.req.path.replace(API_PATH, ''),
      query: c.req.query(),
      body,
      status: fault?.status ?? c.res.status,
      // Not waited for where there is none: the client may ask again at once.
      response: fault?.status === undefined ? withoutToken(parse(await c.res.clone().text())) : null,
      ...(fault && { fault: fault.spec }),
    })
  }
}

async function recordedBody(c: Context): Promise<unknown> {
  const type = c.req.header('content-type') ?? ''
  if (type.startsWith('multipart/form-data')) return fields(await c.req.formData())
  const body = parse(await c.req.text())
  return Array.isArray(body) ? body.map(withoutContent) : withoutSecrets(body)
}

function fields(form: FormData): Readonly<Record<string, string | { readonly bytes: number }>> {
  const entries = [...form].map(([name, value]) => {
    if (typeof value !== 'string') return [name, { bytes: value.size }]
    return [name, value.length <= SHORT_TEXT ? value : { bytes: Buffer.byteLength(value) }]
  })
  return Object.fromEntries(entries)
}

/** An item of `POST /pages/assets/upload`: its `value` is a whole file in base64. */
function withoutContent(item: unknown): unknown {
  if (!isRecord(item) || typeof item['value'] !== 'string') return item
  return { ...item, value: { bytes: Buffer.from(item['value'], item['base64'] ? 'base64' : 'utf8').length } }
}

/** A secret has its value in `value` for a project, in `text` for a Worker. */
function withoutSecrets(body: unknown): unknown {
  if (Array.isArray(body)) return body.map(withoutSecrets)
  if (!isRecord(body)) return body
  const secret = body['type'] === 'secret_text'
  const entries = Object.entries(body).map(([name, value]) => {
    const hidden = secret && (name === 'value' || name === 'text')
    return [name, hidden ? '***' : withoutSecrets(value)]
  })
  return Object.fromEntries(entries)
}

/** The answer of `…/upload-token`. */
function withoutToken(response: unknown): unknown {
  if (!isRecord(response) || !isRecord(response['result']) || !('jwt' in response['result'])) return response
  return { ...response, result: { ...response['result'], jwt: '***' } }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text === '' ? null : text
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}
