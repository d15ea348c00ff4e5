/**
 * What npm's registry and OSV say about vulnerabilities, from what is known in the rehearsal. Everything else that is asked of it as a
 * registry is redirected to the one that npm is configured for, so that npm's own settings of proxies and certificates go on
 * to apply.
 */
import { gunzipSync } from 'node:zlib'
import { type Context, Hono } from 'hono'
import * as v from 'valibot'
import { type LoopbackServer, listen } from '../server.ts'
import { affecting, type KnownAdvisories } from './known.ts'

/** Names of packages, and the versions of each that are installed. */
const BulkQuery = v.record(v.string(), v.array(v.string()))
const OsvQuery = v.object({
  package: v.object({ name: v.string(), ecosystem: v.string() }),
  version: v.string(),
})
interface Tree {
  readonly dependencies?: Readonly<Record<string, Tree>> | undefined
}
const Tree: v.GenericSchema<Tree> = v.object({
  dependencies: v.optional(
    v.record(
      v.string(),
      v.lazy(() => Tree),
    ),
  ),
})

/** @param registry of npm, asked for only when it is needed */
export function startAdvisories(known: KnownAdvisories, registry: () => Promise<string>): Promise<LoopbackServer> {
  const app = new Hono()
  app.post('/npm/-/npm/v1/security/advisories/bulk', async (c) => {
    const names = Object.keys(v.parse(BulkQuery, await bodyOf(c)))
    return c.json(Object.fromEntries(names.flatMap((name) => (known.npm[name] ? [[name, known.npm[name]]] : []))))
  })
  // What npm before version 7 asks, and later ones where the other is not there.
  app.post('/npm/-/npm/v1/security/audits/quick', async (c) => {
    return c.json(quickAnswer(known, v.parse(Tree, await bodyOf(c))))
  })
  app.on(['GET', 'HEAD'], '/npm/*', async (c) => {
    const { pathname, search } = new URL(c.req.url)
    return c.redirect(`${(await registry()).replace(/\/$/, '')}${pathname.slice('/npm'.length)}${search}`, 307)
  })
  app.post('/osv/v1/query', async (c) => {
    const { package: asked, version } = v.parse(OsvQuery, await bodyOf(c))
    const vulns = asked.ecosystem === 'PyPI' ? affecting(known.pypi, asked.name, version) : []
    return c.json(vulns.length === 0 ? {} : { vulns })
  })
  app.notFound((c) => c.json({ error: `The rehearsal's advisories do not know ${c.req.method} ${c.req.path}.` }, 404))
  app.onError((error, c) => c.json({ error: `The rehearsal's advisories cannot read this: ${error.message}` }, 400))
  return listen(app)
}

async function bodyOf(c: Context): Promise<unknown> {
  const bytes = Buffer.from(await c.req.arrayBuffer())
  return JSON.parse((c.req.header('content-encoding') === 'gzip' ? gunzipSync(bytes) : bytes).toString('utf8'))
}

function quickAnswer(known: KnownAdvisories, tree: Tree) {
  const names = new Set(namesIn(tree))
  const advisories = Object.entries(known.npm).flatMap(([name, list]) => {
    return names.has(name)
      ? list.map((advisory) => [`${advisory.id}`, { ...advisory, module_name: name, findings: [] }])
      : []
  })
  return { actions: [], advisories: Object.fromEntries(advisories), muted: [], metadata: {} }
}

function namesIn({ dependencies = {} }: Tree): readonly string[] {
  return Object.entries(dependencies).flatMap(([name, tree]) => [name, ...namesIn(tree)])
}
