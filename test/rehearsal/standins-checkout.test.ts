import { describe, expect, test } from 'vitest'
import { jobOf, printed, rehearseText, step } from '../support/rehearse.ts'

const look = `- { name: Look, run: 'git rev-parse HEAD; git symbolic-ref -q --short HEAD || echo detached; git rev-list --count HEAD; ls' }`

describe('actions/checkout', () => {
  test('puts a push on its branch, one commit deep, at the run’s commit', async () => {
    const rehearsal = await rehearseText(jobOf(`- { name: Checkout, id: c, uses: actions/checkout@v7 }\n${look}`))
    expect(printed(rehearsal, 'Look')).toEqual([rehearsal.sha, 'main', '1', 'README.md', 'packages'])
    expect(step(rehearsal, 'Checkout').outputs).toEqual({ ref: 'refs/heads/main', commit: rehearsal.sha })
  })

  test('puts a pull request on the trial merge, detached', async () => {
    const rehearsal = await rehearseText(
      jobOf(`- uses: actions/checkout@v7\n${look}`).replace('on: push', 'on: pull_request'),
    )
    expect(printed(rehearsal, 'Look').slice(0, 3)).toEqual([rehearsal.sha, 'detached', '1'])
  })

  test('fetches the whole history with fetch-depth 0, any commit by its SHA, and any branch by its name', async () => {
    const rehearsal = await rehearseText(
      jobOf(`
- { uses: actions/checkout@v7, with: { fetch-depth: 0, path: whole } }
- { name: Whole, run: 'git -C whole rev-list --count HEAD; git -C whole branch -r' }
- { name: Before, id: before, run: 'echo "sha=$(git -C whole rev-parse HEAD~1)" >> "$GITHUB_OUTPUT"' }
- { uses: actions/checkout@v7, with: { ref: '\${{ steps.before.outputs.sha }}', path: sha } }
- { uses: actions/checkout@v7, with: { ref: main, path: branch } }
- { name: By SHA, run: 'git -C sha rev-parse HEAD; git -C sha symbolic-ref -q HEAD || echo detached' }
- { name: By name, run: 'git -C branch symbolic-ref --short HEAD' }
`),
      { branch: 'develop' },
    )
    expect(printed(rehearsal, 'Whole')).toEqual(['3', '  origin/develop', '  origin/main'])
    expect(printed(rehearsal, 'By SHA')).toEqual([step(rehearsal, 'Before').outputs['sha'], 'detached'])
    expect(printed(rehearsal, 'By name')).toEqual(['main'])
  })

  test('leaves the token in git’s configuration until the job ends, unless persist-credentials is false', async () => {
    const check = (name: string) =>
      `- { name: ${name}, if: always(), run: 'git config --get-regexp extraheader || echo none' }`
    const rehearsal = await rehearseText(
      jobOf(`
- { uses: actions/checkout@v7 }
${check('Kept')}
- { uses: actions/checkout@v7, with: { persist-credentials: false } }
${check('Gone')}
`),
    )
    expect(printed(rehearsal, 'Kept')[0]).toMatch(/^http\.http:\/\/127.* authorization: basic \*\*\*$/i)
    expect(printed(rehearsal, 'Gone')).toEqual(['none'])
  })

  test('needs contents: read, uses it, and fails without as git does for a repository that is not there', async () => {
    const checkout = `- { name: Checkout, uses: actions/checkout@v7 }`
    const allowed = await rehearseText(jobOf(checkout, 'permissions: { contents: read }'))
    expect(allowed.permissionUse).toEqual([{ job: 'job', permission: 'contents', granted: 'read', used: 'read' }])
    const refused = await rehearseText(jobOf(checkout, 'permissions: { deployments: write }'))
    expect(step(refused, 'Checkout').outcome).toBe('failure')
    expect(printed(refused, 'Checkout').join('\n')).toMatch(/fatal: repository 'http.*' not found/)
    expect(step(refused, 'Checkout').annotations[0]?.message).toContain("no 'contents: read'")
  })

  test.each([
    ['submodules: true', "does not support the input 'submodules' (here 'true')"],
    ['repository: other/one', "does not support the input 'repository' (here 'other/one')"],
    ['path: ../elsewhere', "is not under '"],
    ['ref: nowhere', "A branch or tag with the name 'nowhere' could not be found"],
  ])('refuses %s by name', async (input, message) => {
    const rehearsal = await rehearseText(jobOf(`- { name: Checkout, uses: actions/checkout@v7, with: { ${input} } }`))
    expect(step(rehearsal, 'Checkout').annotations[0]?.message).toContain(message)
    expect(rehearsal.result).toBe('failure')
  })
})

describe('actions/setup-node', () => {
  const withNode = (inputs: string) =>
    jobOf(`
- run: 'echo "{}" > package-lock.json; echo v24.3.0 > .nvmrc; echo "{\\"engines\\":{\\"node\\":\\">=20\\"}}" > package.json'
- { name: Node, uses: actions/setup-node@v7, with: { ${inputs} } }
- { name: Version, run: node --version }
`)

  test.each([
    'node-version: 24',
    'node-version: 24.x',
    'node-version: lts/*',
    'node-version-file: .nvmrc',
    'node-version-file: package.json',
    'node-version: ">=20", cache: npm',
  ])('puts the rehearsal’s Node on PATH for %s', async (inputs) => {
    const rehearsal = await rehearseText(withNode(inputs))
    expect(printed(rehearsal, 'Version')).toEqual([process.version])
    expect(step(rehearsal, 'Node').outputs).toEqual({ 'node-version': process.version, 'cache-hit': 'false' })
  })

  test.each([
    ['node-version: 22', `The rehearsal has Node ${process.versions.node} only, and the workflow asks for '22'.`],
    ['node-version-file: none', 'The specified node version file at:'],
    ['node-version: 24, registry-url: https://r.example', "does not support the input 'registry-url'"],
    ['node-version: 24, cache: yarn', 'Dependencies lock file is not found'],
    ['node-version: 24, cache: bun', "Caching for 'bun' is not supported"],
  ])('refuses %s', async (inputs, message) => {
    const rehearsal = await rehearseText(withNode(inputs))
    expect(step(rehearsal, 'Node').annotations[0]?.message).toContain(message)
  })
})
