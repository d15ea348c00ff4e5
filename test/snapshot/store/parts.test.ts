import { randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { planParts, SMALLEST_PART, sendParts } from '../../../actions/snapshot/store/object-parts.ts'
import { newFolder } from './setup.ts'

const MIB = 1024 * 1024
const TIB = MIB * MIB

test.each([
  [1, { partSize: 8 * MIB, parts: 1, concurrency: 1 }],
  [20 * MIB + 1, { partSize: 8 * MIB, parts: 3, concurrency: 3 }],
  [10 * 1024 * MIB, { partSize: 8 * MIB, parts: 1280, concurrency: 4 }],
  [160 * 1024 * MIB, { partSize: 17 * MIB, parts: 9638, concurrency: 1 }],
  [5 * TIB, { partSize: 525 * MIB, parts: 9987, concurrency: 1 }],
])('%d bytes', (size, plan) => {
  expect(planParts(size, 10_000)).toEqual(plan)
})

test('holds all limits at every size', () => {
  const sizes = fc.maxSafeInteger().map((number) => (Math.abs(number) % (5 * TIB)) + 1)
  fc.assert(
    fc.property(sizes, fc.constantFrom(10_000, 50_000), (size, most) => {
      const { partSize, parts, concurrency } = planParts(size, most)
      expect(parts).toBeLessThanOrEqual(most)
      expect(partSize * parts).toBeGreaterThanOrEqual(size)
      expect(partSize * (parts - 1)).toBeLessThan(size)
      expect(concurrency === 1 || concurrency * partSize <= 4 * SMALLEST_PART).toBe(true)
    }),
  )
})

test('sends every byte once, few at a time, and ends with the first failure', async () => {
  const bytes = randomBytes(100_003)
  const file = join(await newFolder(), 'file')
  await writeFile(file, bytes)
  const plan = { partSize: 1000, parts: 101, concurrency: 4 }
  let running = 0
  let most = 0
  const sent = await sendParts({ file, size: bytes.length }, plan, async (number, part) => {
    most = Math.max(most, ++running)
    const copy = Buffer.from(part)
    await new Promise((resolve) => setTimeout(resolve, number % 3))
    expect(copy.equals(part)).toBe(true) // nobody writes into it while it is sent
    running--
    return copy
  })
  expect(Buffer.concat(sent).equals(bytes)).toBe(true)
  expect(most).toBe(4)

  let asked = 0
  const failing = sendParts({ file, size: bytes.length }, plan, async (number) => {
    asked++
    if (number === 10) throw new Error('no')
  })
  await expect(failing).rejects.toThrow('no')
  expect(asked).toBeLessThan(20)
})

test('sends nothing of a file that has changed', async () => {
  const file = join(await newFolder(), 'file')
  await writeFile(file, randomBytes(999))
  const plan = { partSize: 100, parts: 10, concurrency: 2 }
  for (const size of [1000, 998]) {
    await expect(sendParts({ file, size }, plan, async () => {})).rejects.toThrow(/has 999 bytes, and should have/)
  }
})
