/** Workers, as far as their secrets go. */
import { type Context, Hono } from 'hono'
import * as v from 'valibot'
import { readJson, succeed } from './envelope.ts'
import { latestNotDeployed, secretNotFound, secretTooLarge, unknownWorkersError, workerNotFound } from './errors.ts'

export interface WorkerOptions {
  readonly name: string
  /** Values by name. Default: none. */
  readonly secrets?: Readonly<Record<string, string>>
  /** Whether its latest version is the deployed one, without which no secret can be changed. Default true. */
  readonly latestDeployed?: boolean
}

/** By the name of the Worker, then by that of the secret. */
export type WorkerSecrets = Readonly<Record<string, Readonly<Record<string, string>>>>

/** A secret is live as soon as it is put: Cloudflare makes a version with it and deploys that at once. */
class Worker {
  readonly secrets: Map<string, string>
  readonly #latestDeployed: boolean

  constructor({ secrets = {}, latestDeployed = true }: WorkerOptions) {
    this.secrets = new Map(Object.entries(secrets))
    this.#latestDeployed = latestDeployed
  }

  put({ name, text }: v.InferOutput<typeof PutSecretBody>): void {
    this.#check()
    const bytes = Buffer.byteLength(text)
    if (bytes > LARGEST_SECRET) throw secretTooLarge(name, kilobytes(bytes))
    this.secrets.set(name, text)
  }

  delete(name: string): void {
    this.#check()
    if (!this.secrets.delete(name)) throw secretNotFound(name)
  }

  #check(): void {
    if (!this.#latestDeployed) throw latestNotDeployed()
  }
}

export class Workers {
  readonly #workers: ReadonlyMap<string, Worker>

  constructor(options: readonly WorkerOptions[]) {
    this.#workers = new Map(options.map((worker) => [worker.name, new Worker(worker)]))
  }

  /** @throws Refusal with code 10007 */
  get(name: string): Worker {
    const worker = this.#workers.get(name)
    if (!worker) throw workerNotFound()
    return worker
  }

  get secrets(): WorkerSecrets {
    return Object.fromEntries([...this.#workers].map(([name, { secrets }]) => [name, Object.fromEntries(secrets)]))
  }
}

/** 5 KB (developers.cloudflare.com/workers/platform/limits/#environment-variables), told as 5.1 kB where it is exceeded. */
const LARGEST_SECRET = 5 * 1024

const PutSecretBody = v.object({
  name: v.pipe(v.string(), v.nonEmpty()),
  text: v.string(),
  type: v.literal('secret_text'),
})

const SECRETS = '/accounts/:account/workers/scripts/:script/secrets'

/** Behind the check of the account. No answer has a value. */
export function workerRoutes(workers: Workers): Hono {
  const routes = new Hono()
  const find = (c: Context) => workers.get(c.req.param('script') ?? '')
  routes.get(SECRETS, (c) => succeed(c, [...find(c).secrets.keys()].map(view)))
  routes.put(SECRETS, async (c) => {
    const worker = find(c)
    const body = await readJson(c, PutSecretBody, unknownWorkersError)
    worker.put(body)
    return succeed(c, view(body.name))
  })
  routes.get(`${SECRETS}/:name`, (c) => {
    const name = c.req.param('name')
    if (!find(c).secrets.has(name)) throw secretNotFound(name)
    return succeed(c, view(name))
  })
  routes.delete(`${SECRETS}/:name`, (c) => {
    find(c).delete(c.req.param('name'))
    return succeed(c, null)
  })
  return routes
}

function view(name: string) {
  return { name, type: 'secret_text' }
}

/** As Cloudflare rounds: `5.1 kB`, `13 kB`. */
function kilobytes(bytes: number): string {
  const thousands = bytes / 1000
  return `${thousands < 10 ? thousands.toFixed(1) : Math.round(thousands)} kB`
}
