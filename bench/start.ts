import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { actionNames, root } from '../scripts/actions.ts'
import { interleave } from './measure.ts'
import type { Figure } from './run.ts'

const AIM = 3

/** From the start of the process to the first error, for a bundle that has no inputs at all, beside `node -e 0`. */
export async function measureStart(): Promise<readonly Figure[]> {
  const bundles = actionNames().map((name) => [name, () => start(`${root}dist/${name}/index.js`)] as const)
  const timings = await interleave(25, { 'bare node': () => start('-e', '0'), ...Object.fromEntries(bundles) })
  const bare = timings['bare node']
  return bundles.map(([name]) => {
    const own = (timings as Readonly<Record<string, typeof bare>>)[name]
    const ratio = (own?.median ?? Number.NaN) / bare.median
    const measured = `${ratio.toFixed(2)} × bare Node (${own?.median.toFixed(0)} and ${bare.median.toFixed(0)} ms)`
    return { what: `start of ${name}`, measured, aim: `under ${AIM} ×`, met: ratio < AIM }
  })
}

async function start(...args: readonly string[]): Promise<void> {
  const child = spawn(process.execPath, args, { stdio: 'ignore', env: { PATH: process.env['PATH'] } })
  await once(child, 'close')
}
