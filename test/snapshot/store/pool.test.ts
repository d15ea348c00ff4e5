import { setImmediate } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { inParallel } from '../../../actions/snapshot/store/pool.ts'

it('gives the results in the order of the items, whatever ends first, and never works on more at once', async () => {
  const releases = new Map<number, () => void>()
  let under = 0
  let most = 0
  const results = inParallel([0, 1, 2, 3, 4], 2, async (item) => {
    most = Math.max(most, ++under)
    await new Promise<void>((resolve) => releases.set(item, resolve))
    under--
    return `${item}`
  })
  for (const item of [1, 2, 0, 4, 3]) {
    await expect.poll(() => releases.has(item)).toBe(true)
    releases.get(item)?.()
  }
  expect(await results).toEqual(['0', '1', '2', '3', '4'])
  expect(most).toBe(2)
})

it('begins nothing after the first failure, although others are still under way', async () => {
  const begun: number[] = []
  let end = () => {}
  const slow = new Promise<void>((resolve) => {
    end = resolve
  })
  const results = inParallel([0, 1, 2, 3, 4], 2, async (item) => {
    begun.push(item)
    if (item === 1) throw new Error('refused')
    await slow
  })
  await expect(results).rejects.toThrow('refused')
  end()
  await setImmediate()
  expect(begun).toEqual([0, 1])
})

it('has nothing to do for no items', async () => {
  expect(await inParallel([], 4, async () => 1)).toEqual([])
})
