/** What is said where the token may not look or delete: GitHub's own answers name none of the three things that it needs. */
import { describe, expect, it } from 'vitest'
import { tokenUrl } from '../../actions/cleanup-images/registry-answers.ts'
import { Unreadable } from '../../actions/cleanup-images/unreadable.ts'
import { startScene } from './setup.ts'

const ROLE = 'needs the role Admin on octo-org/site'

describe('the token', () => {
  it('without a permission for packages may not even look', async () => {
    await using scene = await startScene({ permissions: { contents: 'read' } })
    scene.push(100, { tags: ['latest'] })
    const { error } = await scene.clean()
    expect(error).toMatch(
      /^GitHub refused to list the versions of the container package octo-org\/site: .*\((403|404)\)\./,
    )
    expect(error).toContain('"packages: write"')
    expect(error).toContain(ROLE)
  })

  it('with packages: read alone may plan, and is told what deleting needs', async () => {
    await using scene = await startScene({ permissions: { packages: 'read' } })
    scene.push(100, { tags: ['latest'] })
    scene.push(100)
    expect((await scene.clean({ 'dry-run': 'true' })).outputs).toMatchObject({ 'deleted-count': '1' })
    const ended = await scene.clean()
    expect(ended.error).toMatch(
      /^GitHub refused to delete version \d+ \(sha256:\w+\) of octo-org\/site: Resource not accessible by integration \(403\)\./,
    )
    expect(ended.error).toContain(ROLE)
    expect(ended.outputs).toMatchObject({ 'deleted-count': '0', 'remaining-count': '1' })
    expect(scene.left()).toHaveLength(2)
  })

  it('of a repository that has no access to a public package reads it, and is told who gives access', async () => {
    await using scene = await startScene({ private: false })
    scene.push(100, { tags: ['latest'], linked: false })
    scene.push(100, { linked: false })
    const { error } = await scene.clean()
    expect(error).toContain('(403)')
    expect(error).toContain('"Manage Actions access"')
    expect(scene.left()).toHaveLength(2)
  })

  it('that GitHub does not know is the first thing that is said', async () => {
    await using scene = await startScene()
    scene.push(100)
    const { error } = await scene.clean({}, { token: 'ghs_unknown' })
    expect(error).toContain('(401)')
    expect(error).toContain('neither expired nor been revoked')
  })
})

it('says for a package that is not there how its name is given', async () => {
  await using scene = await startScene()
  const { error } = await scene.clean({ package: 'nothing' })
  expect(error).toContain('Package not found (404)')
  expect(error).toContain('Check that octo-org has a container package "nothing".')
})

describe('the login at the registry', () => {
  const asked = { address: 'https://ghcr.io', repository: 'octo-org/site' }

  it('goes to the registry itself, for this package alone', () => {
    const challenge = 'Bearer realm="https://ghcr.io/token",service="ghcr.io",scope="repository:octo-org/*:pull,push"'
    expect(tokenUrl(challenge, asked)).toBe(
      'https://ghcr.io/token?service=ghcr.io&scope=repository%3Aocto-org%2Fsite%3Apull',
    )
  })

  it.each([
    'Bearer realm="https://evil.example/token",service="ghcr.io"',
    'Bearer realm="https://ghcr.io.evil.example/token"',
    'Bearer realm="http://ghcr.io/token"',
    'Bearer service="ghcr.io"',
    'Basic realm="https://ghcr.io"',
    '',
  ])('never goes anywhere else: %s', (challenge) => {
    expect(() => tokenUrl(challenge, asked)).toThrow(Unreadable)
  })
})
