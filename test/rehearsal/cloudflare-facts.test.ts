import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { isAccountId, isApiToken } from '../../rehearsal/cloudflare-facts.ts'
import { jobOf, printed, rehearseText } from '../support/rehearse.ts'

const source = mkdtempSync(join(tmpdir(), 'slipway-facts-'))
afterAll(() => rmSync(source, { recursive: true }))

/** Asks the embedded Cloudflare for the project, as wrangler would, and prints the answer's status. */
function ask(account: string, token = 'secrets.CLOUDFLARE_API_TOKEN'): string {
  return jobOf(`
- name: Ask
  env: { TOKEN: "\${{ ${token} }}", ACCOUNT: "\${{ ${account} }}", OTHER: "\${{ secrets.CLOUDFLARE_TURNSTILE_TOKEN }}" }
  run: 'curl -s -o /dev/null -w "%{http_code}" -H "authorization: Bearer $TOKEN" "$CLOUDFLARE_API_BASE_URL/accounts/$ACCOUNT/pages/projects/repository"'
`)
}

describe('the embedded Cloudflare accepts the token and the account of the workflow', () => {
  test.each([
    [
      'where another token of Cloudflare and another account id are given first',
      ask('secrets.CLOUDFLARE_ACCOUNT_ID'),
      {
        secrets: {
          CLOUDFLARE_TURNSTILE_TOKEN: 'turnstile',
          AWS_ACCOUNT_ID: '123456789012',
          CLOUDFLARE_API_TOKEN: 'real-token',
          CLOUDFLARE_ACCOUNT_ID: 'real-account',
        },
      },
    ],
    ['where nothing is given', ask('vars.CLOUDFLARE_ACCOUNT_ID'), {}],
    ['where the account is a variable', ask('vars.CF_ACCOUNT_ID'), { vars: { CF_ACCOUNT_ID: 'variable-account' } }],
    ['under older names', ask('vars.ACCOUNT_ID', 'secrets.CF_PAGES_TOKEN'), { secrets: { CF_PAGES_TOKEN: 'older' } }],
  ])('%s', async (_when, workflow, options) => {
    expect(printed(await rehearseText(workflow, options), 'Ask')).toEqual(['200'])
  })

  test.each([
    ['CLOUDFLARE_API_TOKEN', true],
    ['cf_api_token', true],
    ['STAGING_CLOUDFLARE_API_TOKEN', true],
    ['CLOUDFLARE_PAGES_API_TOKEN', true],
    ['CLOUDFLARE_TOKEN', true],
    ['CLOUDFLARE_TURNSTILE_TOKEN', false],
    ['CF_ACCESS_TOKEN', false],
    ['NPM_TOKEN', false],
  ])('%s is its token: %s', (name, expected) => {
    expect(isApiToken(name)).toBe(expected)
  })

  test.each([
    ['CLOUDFLARE_ACCOUNT_ID', true],
    ['CF_ACCOUNT_ID', true],
    ['ACCOUNT_ID', true],
    ['AWS_ACCOUNT_ID', false],
  ])('%s is its account: %s', (name, expected) => {
    expect(isAccountId(name)).toBe(expected)
  })
})

describe('the name of the project', () => {
  const show = jobOf(`- { name: Show, run: 'echo "project: \${{ vars.PAGES_PROJECT }}"' }`)
  const advice = "set it in the repository's variables before the first run"

  test('is left empty where the wrangler file of the project has it', async () => {
    writeFileSync(join(source, 'wrangler.toml'), 'name = "harbour"\npages_build_output_dir = "dist"\n')
    const rehearsal = await rehearseText(show, { repository: source })
    expect(printed(rehearsal, 'Show')).toEqual(['project: '])
    expect(rehearsal.notes).toEqual(['Left empty, since wrangler.toml names the project: vars.PAGES_PROJECT'])
    expect(rehearsal).toMatchObject({ projects: ['harbour'], filled: [] })
  })

  test('is made up where the wrangler file is a Worker’s, and is to be set before the first run', async () => {
    writeFileSync(join(source, 'wrangler.toml'), 'name = "worker"\nmain = "src/index.ts"\n')
    const rehearsal = await rehearseText(show, { repository: source })
    const value = basename(source)
    expect(printed(rehearsal, 'Show')).toEqual([`project: ${value}`])
    expect(rehearsal).toMatchObject({
      projects: [value],
      filled: [{ kind: 'var', name: 'PAGES_PROJECT', value, advice }],
      notes: [],
    })
  })
})
