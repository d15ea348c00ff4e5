/** The stand-in of softprops/action-gh-release. */
import { describe, expect, test } from 'vitest'
import { step } from '../support/rehearse.ts'
import { annotations, stageOf } from './standins-release-support.ts'

describe('action-gh-release', () => {
  const publish = (inputs: string, before = 'true', permissions = 'contents: write') => `
on: { push: { tags: ['v*'], branches: [main] } }
permissions: {}
jobs:
  release:
    runs-on: ubuntu-latest
    permissions: { ${permissions} }
    steps:
      - run: mkdir -p out/deep && echo a > out/a.txt && echo '{}' > out/deep/b.json && ${before}
      - { name: Publish, uses: softprops/action-gh-release@v3, with: { ${inputs} } }
`

  test('makes the release of the pushed tag, as a draft until its files are there', async () => {
    const text = publish("files: 'out/**', body: Notes, name: The first, prerelease: false")
    await using stage = await stageOf(text, {}, { event: 'tag', tag: 'v1.0.0' })
    const { open } = stage
    expect(open.github.releases).toHaveLength(1)
    const [release] = open.github.releases
    expect(release).toMatchObject({ tag_name: 'v1.0.0', name: 'The first', body: 'Notes', draft: false })
    expect(release?.assets.map(({ name, content_type }) => [name, content_type])).toEqual([
      ['a.txt', 'text/plain'],
      ['b.json', 'application/json'],
    ])
    const { outputs } = step(open.report, 'Publish')
    expect(outputs).toMatchObject({ id: `${release?.id}`, url: release?.html_url, upload_url: release?.upload_url })
    const assets: readonly object[] = JSON.parse(outputs['assets'] ?? '')
    expect(assets.map((asset) => Object.keys(asset).includes('uploader'))).toEqual([false, false])
    const writes = open.report.requests.github.filter(({ method }) => method !== 'GET')
    expect(writes.map(({ method, path }) => `${method} ${path.replace(/\d{4,}/, 'ID')}`)).toEqual([
      'POST /repos/rehearsal/site/releases',
      'POST /repos/rehearsal/site/releases/ID/assets',
      'POST /repos/rehearsal/site/releases/ID/assets',
      'PATCH /repos/rehearsal/site/releases/ID',
    ])

    // Once more: the same release, its files replaced.
    const ids = release?.assets.map(({ id }) => id)
    await open.run({ event: 'tag', tag: 'v1.0.0' })
    expect(open.github.releases).toHaveLength(1)
    const again = open.github.releases[0]?.assets
    expect(again?.map(({ name }) => name)).toEqual(['a.txt', 'b.json'])
    expect(again?.some(({ id }) => ids?.includes(id))).toBe(false)
  })

  test('makes the tag, keeps a draft, and leaves files that are there, as it is told', async () => {
    const inputs = "tag_name: refs/tags/v2.0.0, draft: true, files: 'out/a.txt, out/{a,b}.txt', overwrite_files: false"
    await using drafted = await stageOf(publish(inputs), {}, { event: 'push' })
    expect(drafted.open.github.releases[0]).toMatchObject({
      draft: true,
      tag_name: 'v2.0.0',
      assets: [{ name: 'a.txt' }],
    })
    expect(drafted.git('tag')).toBe('')
    await using tagged = await stageOf(
      publish('tag_name: v2.0.0, files: out/a.txt, overwrite_files: false'),
      {},
      { event: 'push' },
    )
    expect(tagged.git('rev-parse', 'v2.0.0')).toBe(tagged.open.report.sha)
    const [before] = tagged.open.github.releases
    expect((await tagged.open.run({ event: 'push' })).result).toBe('success')
    expect(tagged.open.github.releases[0]?.assets[0]?.id).toBe(before?.assets[0]?.id)
  })

  test('adds the notes that GitHub writes', async () => {
    const inputs = 'tag_name: v2.0.0, body_path: out/a.txt, generate_release_notes: true'
    await using stage = await stageOf(publish(inputs), {}, { event: 'push' })
    expect(stage.open.github.releases[0]?.body).toMatch(/^a\n\n\n\*\*Full Changelog\*\*: http/)
  })

  test.each([
    ['tag_name: v1.0.0', 'contents: read', 'Resource not accessible by integration'],
    [
      "files: 'none/*', tag_name: v1.0.0, fail_on_unmatched_files: true",
      'contents: write',
      "⚠️ Pattern 'none/*' does not match any files.",
    ],
    ['files: out/a.txt', 'contents: write', '⚠️ GitHub Releases requires a tag'],
    [
      'tag_name: v1, discussion_category_name: News',
      'contents: write',
      "does not support the input 'discussion_category_name'",
    ],
    ['tag_name: v1, repository: octo/other', 'contents: write', "does not support the input 'repository'"],
  ])('with { %s } and %s says what is wrong', async (inputs, permissions, message) => {
    await using stage = await stageOf(publish(inputs, 'true', permissions), {}, { event: 'push' })
    expect(annotations(stage.open.report)).toEqual([expect.stringContaining(message)])
    expect(stage.open.github.releases).toEqual([])
  })
})
