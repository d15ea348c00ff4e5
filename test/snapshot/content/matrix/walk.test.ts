/** What a hundred thousand files cost: memory that stays taken, and time as a ratio to only looking at them. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { temporaryFolder } from '../tree.ts'

const FILES = 100_000

const MEASURE = (walk: string, root: string) => `
  import { lstatSync, readdirSync } from 'node:fs'
  const { collectPaths } = await import(${JSON.stringify(walk)})
  const root = ${JSON.stringify(root)}
  function look(folder) {
    let seen = 0
    for (const child of readdirSync(folder, { withFileTypes: true })) {
      lstatSync(folder + '/' + child.name)
      seen += 1 + (child.isDirectory() ? look(folder + '/' + child.name) : 0)
    }
    return seen
  }
  // Time of the processor, not of a clock: others may use the machine, too. The first look warms the disk's cache.
  async function cost(work) {
    const started = process.cpuUsage()
    const result = await work()
    const { user, system } = process.cpuUsage(started)
    return { result, time: user + system }
  }
  await look(root)
  gc()
  const before = process.memoryUsage().heapUsed
  const rounds = []
  let seen, entries
  for (let round = 0; round < 3; round += 1) {
    const bare = await cost(() => look(root))
    seen = bare.result
    entries = undefined
    const collected = await cost(() => collectPaths(['packages/**', '!**/*.map'], root))
    entries = collected.result.entries
    rounds.push(collected.time / bare.time)
  }
  const ratio = Math.min(...rounds)
  gc()
  const megabytes = (process.memoryUsage().heapUsed - before) / 1e6
  console.log(JSON.stringify({ seen, entries: entries.length, rounds, ratio, megabytes, last: entries.at(-1).type }))`

it('collects a hundred thousand files in less than 60 MB and in at most six times the time of a bare look', () => {
  const root = temporaryFolder()
  for (let file = 0; file < FILES; file += 1) {
    const folder = `${root}/packages/component-${Math.floor(file / 1000)}/dist/chunk-${Math.floor(file / 50)}`
    if (file % 50 === 0) mkdirSync(folder, { recursive: true })
    writeFileSync(`${folder}/module-with-a-long-name-${file}.js`, '')
  }
  const walk = new URL('../../../../actions/snapshot/content/walk.ts', import.meta.url).href
  const args = ['--expose-gc', '--input-type=module', '-e', MEASURE(walk, root)]
  const measured = JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' }))
  console.log(measured)
  expect(measured.entries).toBe(measured.seen)
  expect(measured.entries).toBeGreaterThan(FILES)
  expect(measured.megabytes).toBeLessThan(60)
  expect(measured.ratio).toBeLessThan(6)
})
