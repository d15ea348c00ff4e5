/** What every store promises, of the one that keeps release assets. */
import { startScene } from './artifact-setup.ts'
import { conformance } from './conformance.ts'
import { asPerson, openRelease } from './release-setup.ts'

conformance(
  'release',
  async () => {
    const scene = await startScene()
    const token = scene.github.issueToken('person', { contents: 'write' })
    return {
      store: (series) => openRelease(scene, { series, isPlain: true }).store,
      async plant(series, name, content) {
        const tag = `snapshots-${series}`
        const find = () => scene.github.releases.find((release) => release.tag_name === tag)
        if (find() === undefined) await asPerson(scene, 'POST', '/releases', { tag_name: tag, draft: true })
        const url = `${find()?.upload_url.replace(/\{.*/, '')}?name=${encodeURIComponent(name)}`
        const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
        // GitHub takes no empty file.
        const answer = await fetch(url, { method: 'POST', headers, body: content || ' ' })
        if (!answer.ok) throw new Error(await answer.text())
      },
      stop: async () => scene[Symbol.asyncDispose](),
    }
  },
  {},
)
