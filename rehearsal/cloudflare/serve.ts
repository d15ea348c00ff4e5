/**
 * An embedded Cloudflare Pages as a program of its own, for whatever is to deploy to it: `node serve.ts PROJECT`. It
 * prints what a job needs as lines for GITHUB_ENV, and serves until it is ended.
 */
import { randomBytes } from 'node:crypto'
import { startCloudflare } from './server.ts'

const [project = 'site'] = process.argv.slice(2)
const accountId = randomBytes(16).toString('hex')
const apiToken = randomBytes(20).toString('hex')
const cloudflare = await startCloudflare({
  accountId,
  apiToken,
  projects: [{ name: project, productionBranch: 'main' }],
})
console.log(`CLOUDFLARE_API_BASE_URL=${cloudflare.apiBaseUrl}`)
console.log(`EMBEDDED_ACCOUNT_ID=${accountId}`)
console.log(`EMBEDDED_API_TOKEN=${apiToken}`)
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void cloudflare[Symbol.asyncDispose]())
