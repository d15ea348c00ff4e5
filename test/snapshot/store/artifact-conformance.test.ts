/** What every store promises, of the one that keeps artifacts: each series in a run of its own. */

import { startScene } from './artifact-setup.ts'
import { conformance } from './conformance.ts'

conformance(
  'artifact',
  async () => {
    const scene = await startScene()
    return {
      store: (series) => scene.open({}, { series, isPlain: true }).store,
      stop: async () => scene[Symbol.asyncDispose](),
    }
  },
  // GitHub compares names within one run alone, plants under names that only it knows, and shows no unnamed artifacts.
  { exclusive: false, plants: false, leftovers: false },
)
