/** `npm run bench`: what the pack costs, as ratios within one run. Prints one table; never a test. */
import { measureSize } from './size.ts'
import { measureSmoke } from './smoke.ts'
import { measureSnapshot } from './snapshot.ts'
import { measureStart } from './start.ts'
import { measureStep } from './step.ts'

/** One figure beside its aim. */
export interface Figure {
  readonly what: string
  readonly measured: string
  readonly aim: string
  readonly met: boolean
}

const figures: readonly Figure[] = [
  ...(await measureStep()),
  ...(await measureSmoke()),
  ...(await measureSnapshot()),
  ...(await measureStart()),
  ...(await measureSize()),
]
console.log('\n| figure | measured | aim | |\n| --- | --- | --- | --- |')
for (const { what, measured, aim, met } of figures) {
  console.log(`| ${what} | ${measured} | ${aim} | ${met ? 'met' : '**missed**'} |`)
}
