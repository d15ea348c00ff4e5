/** What goes wrong on the way, and what is left then. */
import { describe, expect, it } from 'vitest'
import { CancelledError } from '../../src/errors.ts'
import { digests, indexOf, pushWhole, type Scene, startScene } from './setup.ts'

const MANIFESTS = 'GET /v2/octo-org/site/manifests/*'
const VERSIONS = '/users/octo-org/packages/container/site/versions'

/** Old and new: `doomed` goes, and nothing else. */
async function usual(options: Parameters<typeof startScene>[0] = {}) {
  const scene = await startScene(options)
  for (const tag of ['1.0.0', '1.1.0', '1.2.0']) pushWhole(scene, 300, [tag])
  const doomed = pushWhole(scene, 120, ['sha-1'])
  return { scene, doomed, inputs: { 'keep-last': '0' }, before: scene.left() }
}

/** Everything that is left is whole: no index without a part, nothing about an image that is gone. */
function expectWhole(scene: Scene): void {
  const left = scene.left()
  for (const { digest } of scene.github.images) {
    const manifest: {
      readonly manifests?: readonly { readonly digest: string }[]
      readonly subject?: { readonly digest: string }
    } = Object(scene.github.manifestOf('site', digest))
    const targets = [...(manifest.manifests ?? []), ...(manifest.subject ? [manifest.subject] : [])]
    expect(left).toEqual(expect.arrayContaining(targets.map((target) => target.digest)))
  }
}

describe('a manifest that cannot be read', () => {
  it.each([
    ['is answered with 500 for ever', `${MANIFESTS}:500`, 'the registry answers 500'],
    ['never comes whole', `${MANIFESTS}:truncate`, 'there was no whole answer'],
    ['is lost', `${MANIFESTS}:reset`, 'there was no whole answer'],
    ['is refused', `${MANIFESTS}:403`, 'the registry answers 403'],
    ['is not there', `${MANIFESTS}:404`, 'the registry answers 404'],
    ['is a page of something in between', `${MANIFESTS}:html=502`, 'the registry answers 502'],
    ['is limited for longer than a job waits', `${MANIFESTS}:429;retry-after=600`, 'and asks to wait 600 s'],
  ])('%s: nothing is deleted', async (_, fault, reason) => {
    const { scene, inputs, before } = await usual()
    await using _scene = scene
    scene.fault(fault)
    const ended = await scene.clean(inputs)
    expect(ended.error).toMatch(/^The manifest sha256:\w{64} of octo-org\/site could not be read from http/)
    expect(ended.error).toContain(reason)
    expect(ended.error).toContain('Nothing was deleted, since what it refers to is not known.')
    expect(ended.requests.filter((request) => request.startsWith('DELETE'))).toEqual([])
    expect(scene.left()).toEqual(before)
  })

  it.each([
    ['500 twice', `${MANIFESTS}:500*2`],
    ['a connection that is reset', `${MANIFESTS}:reset*1`],
    ['half of an answer', `${MANIFESTS}:truncate*1`],
    ['a limit with a short wait', `${MANIFESTS}:429;retry-after=2*1`],
    ['a login that fails for a moment', 'GET /token:500*1'],
  ])('is asked for again after %s', async (_, fault) => {
    const { scene, doomed, inputs } = await usual()
    await using _scene = scene
    scene.fault(fault)
    const ended = await scene.clean(inputs)
    expect(ended.error).toBeUndefined()
    expect(digests(ended.outputs['deleted']).toSorted()).toEqual(doomed.all.toSorted())
    expect(ended.waits.length).toBeGreaterThan(0)
    expect(ended.log).toContain('It is asked for again.')
  })

  it('waits as long as a registry asks for', async () => {
    const { scene, inputs } = await usual()
    await using _scene = scene
    scene.fault(`${MANIFESTS}:429;retry-after=7*1`)
    expect((await scene.clean(inputs)).waits).toContain(7000)
  })

  it.each<readonly [string, object]>([
    ['of an old kind', { schemaVersion: 1, name: 'x', fsLayers: [] }],
    ['with parts that are none', { schemaVersion: 2, manifests: [{ digest: 7 }] }],
    ['that says nothing', { schemaVersion: 2 }],
  ])('is one %s', async (_, manifest) => {
    const { scene, inputs } = await usual()
    await using _scene = scene
    scene.push(100, { manifest })
    const ended = await scene.clean(inputs)
    expect(ended.error).toContain('it is of no known kind')
    expect(ended.error).toContain('Nothing was deleted')
  })
})

describe('each request of a run', () => {
  const ways = ['500', '403', 'reset', 'html=502', 'applied-reset'] as const

  it.each(ways)('may end in %s: it is explained, what is left is whole, and the next run finishes', async (way) => {
    const { scene: first, inputs } = await usual()
    const { requests } = await first.clean(inputs)
    await first[Symbol.asyncDispose]()
    // The registry's own are above, and many; of the others each one.
    const points = requests.flatMap((request, index) => (request.includes('/v2/') ? [] : [index]))
    expect(points.length).toBeGreaterThan(12)
    for (const point of points) await failAt(point, way)
  })

  async function failAt(point: number, way: string): Promise<void> {
    const { scene, doomed, inputs, before } = await usual()
    await using _scene = scene
    const signal = { count: 0 }
    const original = globalThis.fetch
    globalThis.fetch = async (input, init) => {
      const url = new URL(input instanceof Request ? input.url : input.toString())
      if (url.pathname.startsWith('/v2/')) return original(input, init)
      signal.count += 1
      if (signal.count === nth) scene.fault(`* ${url.pathname}:${way}*1`)
      return original(input, init)
    }
    const nth = point + 1
    try {
      const ended = await scene.clean(inputs)
      if (ended.error !== undefined) {
        expect(ended.error.split('\n'), `${point} ${way}`).toHaveLength(2)
        expect(ended.error, `${point} ${way}`).toMatch(/octo-org\/site/)
        const gone = before.filter((digest) => !scene.left().includes(digest))
        expect(digests(ended.outputs['deleted']).every((digest) => gone.includes(digest))).toBe(true)
      }
      expectWhole(scene)
    } finally {
      globalThis.fetch = original
    }
    scene.mend()
    const again = await scene.clean(inputs)
    expect(again.error, `${point} ${way}`).toBeUndefined()
    expect(scene.left().toSorted()).toEqual(before.filter((digest) => !doomed.all.includes(digest)).toSorted())
  }
})

describe('a deletion', () => {
  it('whose answer is lost is looked up, not repeated', async () => {
    const { scene, inputs, doomed } = await usual()
    await using _scene = scene
    scene.fault(`DELETE ${VERSIONS}/*:applied-reset*1`)
    const ended = await scene.clean(inputs)
    expect(ended.error).toBeUndefined()
    expect(ended.requests.filter((request) => request.startsWith('DELETE'))).toHaveLength(doomed.all.length)
  })

  it('that never arrived is repeated', async () => {
    const { scene, inputs, doomed } = await usual()
    await using _scene = scene
    scene.fault(`DELETE ${VERSIONS}/*:502*1`)
    const ended = await scene.clean(inputs)
    expect(ended.error).toBeUndefined()
    expect(ended.requests.filter((request) => request.startsWith('DELETE'))).toHaveLength(doomed.all.length + 1)
    expect(ended.log).toContain('It is still there and is deleted again.')
  })

  it('of what somebody else has deleted meanwhile counts as done', async () => {
    const { scene, inputs, doomed } = await usual()
    await using _scene = scene
    scene.fault(`DELETE ${VERSIONS}/*:applied-404*1`)
    const ended = await scene.clean(inputs)
    expect(ended.error).toBeUndefined()
    expect(ended.outputs['deleted-count']).toBe(`${doomed.all.length}`)
  })

  it('that GitHub answers with 404 is no success while the version is still there', async () => {
    const { scene, inputs, before } = await usual()
    await using _scene = scene
    scene.fault(`DELETE ${VERSIONS}/*:404`)
    const ended = await scene.clean(inputs)
    expect(ended.error).toMatch(
      /^GitHub answers that there is no version \d+ .* to delete \(404\), and shows it all the same: the token may not delete it\./,
    )
    expect(ended.error).toContain('"Manage Actions access"')
    expect(ended.outputs).toMatchObject({ 'deleted-count': '0', 'remaining-count': '5' })
    expect(scene.left()).toEqual(before)
  })

  it('is not believed while the list still has the version', async () => {
    const { scene, inputs } = await usual()
    await using _scene = scene
    const original = globalThis.fetch
    globalThis.fetch = async (input, init) =>
      init?.method === 'DELETE' ? new Response(null, { status: 204 }) : original(input, init)
    const ended = await scene.clean(inputs).finally(() => {
      globalThis.fetch = original
    })
    expect(ended.error).toMatch(
      /^GitHub has confirmed deletions in octo-org\/site and still lists what was deleted: sha256:/,
    )
    expect(ended.waits).toEqual([2000, 5000])
  })

  it('stops at a rate limit, with what remains, and is no failure', async () => {
    const { scene, inputs } = await usual()
    await using _scene = scene
    scene.fault(`DELETE ${VERSIONS}/*:403;message=API rate limit exceeded;x-ratelimit-remaining=0`)
    const ended = await scene.clean(inputs)
    expect(ended.error).toBeUndefined()
    expect(ended.outputs).toMatchObject({ 'deleted-count': '0', 'remaining-count': '5' })
    expect(ended.warnings.join()).toMatch(/rate limit exceeded \(403\)\. Run the job again (in|later)/)
    expect(ended.summary).toContain('5 more are to go and still there.')
  })

  it('that GitHub refuses for its downloads leaves the image with its parts, and the rest goes', async () => {
    await using scene = await startScene({ private: false })
    scene.push(300, { tags: ['1.0.0'] })
    const part = scene.push(300)
    const popular = scene.push(300, { manifest: indexOf(part), tags: ['sha-1'], downloads: 6000 })
    const other = scene.push(300, { tags: ['sha-2'] })
    const ended = await scene.clean({ 'keep-last': '0', 'allow-mass-deletion': 'true' })
    expect(ended.error).toBeUndefined()
    expect(scene.left()).toEqual(expect.arrayContaining([part.digest, popular.digest]))
    expect(scene.left()).not.toContain(other.digest)
    expect(ended.warnings.join()).toMatch(
      /^GitHub refuses to delete sha-1 .*more than 5000 downloads.* What it refers to stays, too\./,
    )
    expect(ended.outputs).toMatchObject({ 'deleted-count': '1', 'remaining-count': '2' })
  })
})

describe('what changes meanwhile', () => {
  it('is planned again when it was pushed while manifests were read', async () => {
    const { scene, inputs, doomed } = await usual()
    await using _scene = scene
    const original = globalThis.fetch
    let pushed = false
    globalThis.fetch = async (input, init) => {
      if (!pushed && String(input).includes('/manifests/')) {
        pushed = true
        // It is built from a part of what is about to go.
        const [digest = ''] = doomed.all
        scene.push(0, { manifest: { ...indexOf({ id: 0, digest }), annotations: { of: 'new' } }, tags: ['main'] })
      }
      return original(input, init)
    }
    try {
      const ended = await scene.clean(inputs)
      expect(ended.error).toBeUndefined()
      expect(ended.outputs['deleted-count']).toBe('4')
      expectWhole(scene)
    } finally {
      globalThis.fetch = original
    }
  })

  it('ends the run when what is to go has got a tag', async () => {
    const { scene, inputs, doomed } = await usual()
    await using _scene = scene
    const onLine = (line: string) => {
      if (!line.startsWith('Deleted ')) return
      const manifest = scene.github.manifestOf('site', doomed.index.digest)
      if (manifest !== undefined) scene.push(0, { manifest: Object(manifest), tags: ['rollback'] })
    }
    const ended = await scene.clean(inputs, { onLine })
    expect(ended.error).toMatch(/^The tags of sha256:\w+ have changed since the plan was made \(now .*rollback.*\)\./)
    expect(ended.error).toContain('concurrency group')
    expect(scene.left()).toContain(doomed.index.digest)
    expectWhole(scene)
  })

  it('ends the run when the package never stands still', async () => {
    const { scene, inputs, before } = await usual()
    await using _scene = scene
    const original = globalThis.fetch
    globalThis.fetch = async (input, init) => {
      if (String(input).includes('/versions?')) scene.push(0)
      return original(input, init)
    }
    try {
      const ended = await scene.clean(inputs)
      expect(ended.error).toMatch(/changed each time they were looked at\. Nothing was deleted\./)
      expect(scene.left()).toEqual(expect.arrayContaining([...before]))
    } finally {
      globalThis.fetch = original
    }
  })
})

it('says when it is cancelled what is done, and the next run does the rest', async () => {
  const { scene, inputs, doomed, before } = await usual()
  await using _scene = scene
  const controller = new AbortController()
  const onLine = (line: string) => {
    if (line.startsWith('Deleted ')) controller.abort(new CancelledError('SIGINT'))
  }
  const ended = await scene.clean(inputs, { signal: controller.signal, onLine })
  expect(ended.error).toBe(
    'The step was cancelled (SIGINT). Of the plan 1 versions are deleted.\nRun the job again: it goes on where this one stopped.',
  )
  expect(ended.outputs).toMatchObject({ 'deleted-count': '1', 'remaining-count': '4' })
  expectWhole(scene)
  await scene.clean(inputs)
  expect(scene.left().toSorted()).toEqual(before.filter((digest) => !doomed.all.includes(digest)).toSorted())
})
