/** A run that is killed at each stage leaves a state that a re-run finishes: one deployment, proven. */
import { describe, expect, it } from 'vitest'
import { killAndRerun, STAGES } from '../interrupted.ts'
import { errorOf } from '../setup.ts'

const MADE = ['upload, after the deployment', 'proof']

describe.each(['SIGINT', 'SIGTERM', 'SIGKILL'] as const)('%s', (signal) => {
  it.each(Object.entries(STAGES))('during %s', async (name, stage) => {
    const { killed, lasted, rerun, deployments, canonical, leftovers } = await killAndRerun(stage, signal)
    expect(lasted).toBeLessThan(7000)
    expect(killed.exitCode).not.toBe(0)
    expect(leftovers).toEqual([])
    if (signal !== 'SIGKILL') {
      expect(errorOf(killed)).toMatch(new RegExp(`^Cancelled during .* \\(${signal}\\)\\. [A-Z].*\\.$`))
      if (MADE.includes(name)) expect(errorOf(killed)).toContain(`Deployment ${deployments[0]} `)
    }
    expect(errorOf(rerun)).toBe('')
    expect(deployments).toEqual([rerun.outputs['pages-deployment-id']])
    expect(canonical).toBe(deployments[0])
    expect(rerun.outputs['attempts']).toBe(MADE.includes(name) ? '0' : '1')
  })
})
