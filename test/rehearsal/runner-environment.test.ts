import { describe, expect, test } from 'vitest'
import { baseEnvironment } from '../../rehearsal/runner/environment.ts'
import { jobOf, printed, rehearseText } from '../support/rehearse.ts'

describe('the environment of a step', () => {
  test('starts from an allowlist of the caller’s', () => {
    const base = baseEnvironment({
      HOME: '/home/me',
      LC_ALL: 'C.UTF-8',
      HTTPS_PROXY: 'http://proxy:3128',
      npm_config_registry: 'https://registry.example',
      NPM_CONFIG_CACHE: '/cache',
      NPM_CONFIG__AUTH: 'real',
      'NPM_CONFIG_//registry.example/:_authToken': 'real',
      CLOUDFLARE_API_TOKEN: 'real',
      GITHUB_TOKEN: 'real',
      NODE_OPTIONS: '--inspect',
      npm_package_name: 'slipway',
      PATH: '/repo/node_modules/.bin:/x/node_modules/@npmcli/run-script/lib/node-gyp-bin:/repo/node_modules/node/bin/:/usr/bin',
    })
    expect(base).toEqual({
      HOME: '/home/me',
      LC_ALL: 'C.UTF-8',
      HTTPS_PROXY: 'http://proxy:3128',
      NO_PROXY: '127.0.0.1,localhost',
      no_proxy: '127.0.0.1,localhost',
      npm_config_registry: 'https://registry.example',
      NPM_CONFIG_CACHE: '/cache',
      PATH: '/usr/bin',
    })
    expect(baseEnvironment({ http_proxy: 'http://proxy', no_proxy: '.corp' })).toMatchObject({
      NO_PROXY: '.corp,127.0.0.1,localhost',
    })
  })

  test('has what a runner sets, and nothing of the caller’s secrets', async () => {
    process.env['SLIPWAY_TEST_SECRET'] = 'leaked'
    try {
      const rehearsal = await rehearseText(jobOf(`- { id: show, name: Show, run: env -0 | sort -z | tr '\\0' '\\n' }`))
      const lines = printed(rehearsal, 'Show')
      const env = Object.fromEntries(lines.map((line) => line.split(/=(.*)/, 2)))
      expect(env).toMatchObject({
        CI: 'true',
        GITHUB_ACTIONS: 'true',
        GITHUB_ACTION: 'show',
        GITHUB_API_URL: rehearsal.apiUrl,
        GITHUB_SERVER_URL: rehearsal.apiUrl,
        GITHUB_JOB: 'job',
        GITHUB_REPOSITORY: 'rehearsal/repository',
        GITHUB_REPOSITORY_OWNER: 'rehearsal',
        GITHUB_RUN_ATTEMPT: '1',
        GITHUB_RUN_NUMBER: '1',
        GITHUB_SHA: rehearsal.sha,
        GITHUB_WORKFLOW: '.github/workflows/fixture.yml',
        GITHUB_WORKFLOW_REF: 'rehearsal/repository/.github/workflows/fixture.yml@refs/heads/main',
        RUNNER_OS: process.platform === 'darwin' ? 'macOS' : 'Linux',
        CLOUDFLARE_API_BASE_URL: rehearsal.cloudflareApiBaseUrl,
        HOME: process.env['HOME'],
      })
      expect(env['PWD']).toBe(env['GITHUB_WORKSPACE'])
      expect(env['RUNNER_TOOL_CACHE']).toMatch(/node_modules\/\.cache\/slipway\/tool-cache$/)
      expect(Object.keys(env)).not.toContain('SLIPWAY_TEST_SECRET')
      expect(Object.keys(env).filter((name) => name.startsWith('REHEARSAL_'))).toEqual([])
      expect(Object.keys(env)).not.toContain('GITHUB_TOKEN')
    } finally {
      delete process.env['SLIPWAY_TEST_SECRET']
    }
  })
})

test('the password of the caller’s proxy is in no log', async () => {
  const before = process.env['https_proxy']
  process.env['https_proxy'] = 'http://me:pass%20word@proxy.example:3128'
  try {
    const rehearsal = await rehearseText(jobOf(`- { name: Show, run: 'echo "$https_proxy"' }`))
    expect(printed(rehearsal, 'Show')).toEqual(['http://me:***@proxy.example:3128'])
  } finally {
    if (before === undefined) delete process.env['https_proxy']
    else process.env['https_proxy'] = before
  }
})

/** Asks the embedded GitHub for the commit with the job's token, and prints the answer's status. */
const ask = `- { name: Ask, env: { TOKEN: '\${{ github.token }}' }, run: 'curl -s -o /dev/null -w "%{http_code}" -X POST -d "{\\"ref\\":\\"main\\",\\"required_contexts\\":[]}" -H "authorization: Bearer $TOKEN" "$GITHUB_API_URL/repos/$GITHUB_REPOSITORY/deployments"' }`

describe('the token of a job', () => {
  test.each([
    ['the job’s permissions', '', 'permissions: { deployments: write }', '201'],
    [
      'the job’s permissions instead of the workflow’s',
      'permissions: write-all\n',
      'permissions: { contents: read }',
      '403',
    ],
    ['the workflow’s permissions where the job has none', 'permissions: { deployments: write }\n', '', '201'],
    ['none where they are empty', 'permissions: write-all\n', 'permissions: {}', '403'],
    ['write-all', 'permissions: write-all\n', '', '201'],
    ['read-all', 'permissions: read-all\n', '', '403'],
    ['GitHub’s restricted default where neither says anything', '', '', '403'],
  ])('carries %s', async (_name, workflow, job, status) => {
    const rehearsal = await rehearseText(`${workflow}${jobOf(ask, job)}`)
    expect(printed(rehearsal, 'Ask')).toEqual([status])
  })

  test('is the same as secrets.GITHUB_TOKEN, and hidden', async () => {
    const rehearsal = await rehearseText(
      jobOf(`- { name: Show, run: 'echo "\${{ github.token == secrets.GITHUB_TOKEN }} \${{ github.token }}"' }`),
    )
    expect(printed(rehearsal, 'Show')).toEqual(['true ***'])
  })

  test('leaves in the report what was granted and what was used of it', async () => {
    const rehearsal = await rehearseText(
      jobOf(ask, 'permissions: { deployments: write, packages: read, issues: none }'),
    )
    expect(rehearsal.permissionUse).toEqual([
      { job: 'job', permission: 'deployments', granted: 'write', used: 'write' },
      { job: 'job', permission: 'packages', granted: 'read', used: 'none' },
    ])
    expect(rehearsal.deployments).toMatchObject([{ environment: 'production', ref: 'main', statuses: [] }])
    expect(rehearsal.requests.github.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'POST /repos/rehearsal/repository/deployments',
    ])
  })
})

describe('secrets and variables', () => {
  const workflow = jobOf(
    `- { name: Show, env: { A: '\${{ secrets.API_KEY }}', B: "\${{ vars.REGION || 'eu' }}", C: "\${{ vars['PAGES_PROJECT'] }}", D: '\${{ vars.COLOUR }}' }, run: 'echo "\${#A} $B $C $D"' }`,
  )

  test('that were not given are made up and listed, but not where the workflow has a fallback', async () => {
    const rehearsal = await rehearseText(workflow)
    expect(rehearsal.filled).toEqual([
      { kind: 'secret', name: 'API_KEY', value: '***' },
      {
        kind: 'var',
        name: 'PAGES_PROJECT',
        value: 'repository',
        advice: "set it in the repository's variables before the first run",
      },
      { kind: 'var', name: 'COLOUR', value: expect.stringMatching(/^rehearsed-colour-[0-9a-f]{12}$/) },
    ])
    expect(rehearsal.notes).toEqual(['Left empty, since the workflow has a fallback: vars.REGION'])
    expect(printed(rehearsal, 'Show')[0]).toMatch(/^\d\d eu repository rehearsed-colour-/)
  })

  test('that were given are used as they are', async () => {
    const rehearsal = await rehearseText(workflow, {
      secrets: { API_KEY: 'four' },
      vars: { REGION: 'us', PAGES_PROJECT: 'harbour', COLOUR: 'red' },
    })
    expect(rehearsal.filled).toEqual([])
    expect(rehearsal.projects).toEqual(['harbour'])
    expect(printed(rehearsal, 'Show')).toEqual(['4 us harbour red'])
  })
})
