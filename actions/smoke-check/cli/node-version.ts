/** The bundle is copied to machines of all kinds; an older Node would stop somewhere in the middle, with a stack. */
const WANTED = 24

/** @returns what to say, where this Node is too old */
export function tooOld(version: string): string | undefined {
  if (Number.parseInt(version, 10) >= WANTED) return undefined
  return `Node ${WANTED} is needed, and this is Node ${version}.`
}
