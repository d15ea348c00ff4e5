/** Self-hosted runners often stand behind a proxy that opens TLS, with certificates of an authority of the company. */
import { describe, expect, it } from 'vitest'
import { errorOf, PINNED } from '../deploy-pages/setup.ts'
import { deployBehind, expectFailed, expectLive } from '../support/behind.ts'
import { emptied, registryOrigin } from '../support/npm.ts'
import { type SecureFront, startPrivateCa, startSecureFront } from '../support/private-ca.ts'

describe('a certificate of a private authority', () => {
  it('is trusted by the action, npm and wrangler where NODE_EXTRA_CA_CERTS names it', async () => {
    await using ca = await startPrivateCa()
    await using registry = await startSecureFront(ca, await registryOrigin())
    const seen: { cloudflare?: readonly string[] } = {}
    const outcome = await deployBehind<SecureFront>({
      start: (origin) => startSecureFront(ca, origin),
      step: { env: { ...emptied(ca.folder, registry.origin), NODE_EXTRA_CA_CERTS: ca.file } },
      meanwhile: async ({ requests }) => {
        seen.cloudflare = requests
      },
    })
    expectLive(outcome)
    expect(registry.requests).toContain(`GET /wrangler/-/wrangler-${PINNED}.tgz`)
    const ends = seen.cloudflare?.map((request) => request.replace(/ .*(?=\/pages\/)/, ' …'))
    expect(ends).toContain('GET …/pages/projects/site/deployments') // the action asks so
    expect(ends).toContain('POST …/pages/projects/site/deployments') // wrangler does
  })

  it('is what the step ends with where nobody has named it, before anything is uploaded', async () => {
    await using ca = await startPrivateCa()
    const outcome = await deployBehind<SecureFront>({
      start: (origin) => startSecureFront(ca, origin),
      step: { env: { NODE_EXTRA_CA_CERTS: undefined } },
    })
    expectFailed(
      outcome,
      /^The Cloudflare API is not available: fetch failed \(self-signed certificate in certificate chain\)\.\n.* shows a certificate whose authority Node does not know\. .*NODE_EXTRA_CA_CERTS.* Nothing was uploaded\.$/,
      { uploads: 0 },
    )
    expect(outcome.writes).toEqual([])
  })

  it('is named by npm where the registry has it', async () => {
    await using ca = await startPrivateCa()
    await using registry = await startSecureFront(ca, 'http://127.0.0.1:9')
    const npm = { ...emptied(ca.folder, registry.origin), npm_config_fetch_retries: '0' }
    const env = { ...npm, NODE_EXTRA_CA_CERTS: undefined }
    const outcome = await deployBehind<Plain>({ start: plain, step: { env } })
    expectFailed(
      outcome,
      new RegExp(
        `^wrangler ${PINNED} could not be installed: npm ended with exit code 1\\.\\n {2}code SELF_SIGNED_CERT_IN_CHAIN\\n`,
      ),
      { uploads: 0 },
    )
    expect(errorOf(outcome.result)).toMatch(
      /self-signed certificate in certificate chain[\s\S]*NODE_EXTRA_CA_CERTS[\s\S]*cafile/,
    )
    expect(outcome.writes).toEqual([])
  })

  it('that only wrangler meets ends the step at once, with what to set', async () => {
    await using ca = await startPrivateCa()
    await using other = await startPrivateCa()
    const outcome = await deployBehind<SecureFront>({
      start: (origin) => startSecureFront(ca, origin),
      step: { env: { NODE_EXTRA_CA_CERTS: ca.file } },
      meanwhile: async (front, step) => {
        await step.prints('::group::Upload')
        front.changeTo(other)
      },
    })
    expectFailed(
      outcome,
      /^wrangler made no deployment \(exit code 1\)\.\n {2}fetch failed\n.* shows a certificate whose authority Node does not know\. .*NODE_EXTRA_CA_CERTS/,
      { uploads: 1 },
    )
    expect(outcome.writes).toEqual([])
  })
})

type Plain = AsyncDisposable
/** Nothing stands before it. */
const plain = async (origin: string) => ({ origin, async [Symbol.asyncDispose]() {} })
