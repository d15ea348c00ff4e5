import { isLookingUp } from './addresses.ts'

/**
 * Ends the process now, with this exit code. While the system's resolver is being asked, process.exit waits for its
 * answer, which a name server that is down can hold up for half a minute (libuv/libuv#364): another program, which does
 * nothing but exit, takes the process over then. Everything must have been written before.
 */
export function leave(code: number): never {
  if (isLookingUp() && process.platform !== 'win32') {
    process.execve?.('/bin/sh', ['sh', '-c', `exit ${code}`], {})
  }
  process.exit(code)
}
