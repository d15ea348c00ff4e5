/** What the stand-ins share: the few things of an action's toolkit that they need. No dependencies. */
import { randomUUID } from 'node:crypto'
import { appendFileSync } from 'node:fs'
import { resolve } from 'node:path'

/** A failure with a message for the workflow's author; anything else is a bug of the stand-in. */
export class Failure extends Error {}

export function input(name: string): string {
  return (process.env[`INPUT_${name.replaceAll(' ', '_').toUpperCase()}`] ?? '').trim()
}

export function flag(name: string): boolean {
  const value = input(name)
  if (/^(true|True|TRUE)$/.test(value)) return true
  if (/^(false|False|FALSE)$/.test(value)) return false
  throw new Failure(
    `Input does not meet YAML 1.2 "Core Schema" specification: ${name}\nSupport boolean input list: \`true | True | TRUE | false | False | FALSE\``,
  )
}

export function lines(name: string): readonly string[] {
  const all = input(name).split('\n')
  return all.map((line) => line.trim()).filter((line) => line !== '')
}

/** What the runner or the rehearsal sets for every step. */
export function variable(name: string): string {
  const value = process.env[name]
  if (value === undefined) throw new Error(`${name} is not set: this stand-in runs in a rehearsal only.`)
  return value
}

export function workspace(...path: readonly string[]): string {
  return resolve(variable('GITHUB_WORKSPACE'), ...path)
}

/** Refuses what the real action can do and the stand-in cannot. @param inputs each with the values that change nothing */
export function refuse(inputs: Readonly<Record<string, readonly string[]>>): void {
  for (const [name, harmless] of Object.entries(inputs)) {
    const value = input(name)
    if (value === '' || harmless.includes(value)) continue
    throw new Failure(`The rehearsal's stand-in does not support the input '${name}' (here '${value}').`)
  }
}

export function setOutput(name: string, value: string): void {
  appendTo('GITHUB_OUTPUT', name, value)
}

export function saveState(name: string, value: string): void {
  appendTo('GITHUB_STATE', name, value)
}

/** Sets a variable for the later steps of the job. */
export function exportVariable(name: string, value: string): void {
  appendTo('GITHUB_ENV', name, value)
}

export function state(name: string): string {
  return process.env[`STATE_${name}`] ?? ''
}

export function addPath(folder: string): void {
  appendFileSync(variable('GITHUB_PATH'), `${folder}\n`)
}

export function mask(secret: string): void {
  console.log(`::add-mask::${escapeData(secret)}`)
}

export function warning(message: string): void {
  console.log(`::warning::${escapeData(message)}`)
}

export function info(message: string): void {
  console.log(message)
}

/** Whether the job's token may do this; a use is reported, so that the rehearsal knows the permission was needed. */
export function useOfToken(permission: string, level: 'read' | 'write'): boolean {
  const granted: Record<string, string> = JSON.parse(variable('REHEARSAL_PERMISSIONS'))
  if (granted[permission] !== 'write' && granted[permission] !== level) return false
  appendFileSync(variable('REHEARSAL_PERMISSION_USE'), `${permission}: ${level}\n`)
  return true
}

/** Runs the action; a {@link Failure} becomes its one error annotation. */
export async function act(action: () => void | Promise<void>): Promise<void> {
  try {
    await action()
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    console.log(`::error::${escapeData(error.message)}`)
    process.exitCode = 1
  }
}

function appendTo(file: 'GITHUB_OUTPUT' | 'GITHUB_STATE' | 'GITHUB_ENV', name: string, value: string): void {
  const delimiter = `ghadelimiter_${randomUUID()}`
  appendFileSync(variable(file), `${name}<<${delimiter}\n${value}\n${delimiter}\n`)
}

function escapeData(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')
}
