/** The arguments of the command, read as the inputs of the action are. */
import { parseArgs } from 'node:util'
import { ActionError } from '../../../src/errors.ts'
import { InputReader } from '../../../src/input.ts'
import { suggest } from '../file/nearest.ts'
import { OPTIONS, type Option } from './options.ts'

export type Arguments = { readonly help: true } | { readonly help: false; readonly input: InputReader }

const options: readonly Option[] = OPTIONS
const names = options.map(({ name }) => name)

/** @throws ActionError for a flag that does not exist, lacks its value or is repeated */
export function parseArguments(args: readonly string[]): Arguments {
  const { tokens, positionals } = tokenize(args)
  const flags = tokens.filter((token) => token.kind === 'option')
  if (flags.some(({ name }) => name === 'help' || name === 'h')) return { help: true }
  const given = new Map<string, string>()
  for (const flag of flags) {
    const option = options.find(({ name }) => name === flag.name)
    if (option === undefined) throw mistake(`There is no flag ${flag.rawName}.`, suggest(flag.name, names))
    given.set(option.name, joined(option, given.get(option.name), flag.value))
  }
  const [stray] = positionals
  if (stray !== undefined) {
    throw mistake(`"${stray}" is not a flag.`, 'Write --urls before an address and --checks before a file.')
  }
  return {
    help: false,
    input: new InputReader(
      (name) => given.get(name) ?? defaultOf(name),
      () => {},
    ),
  }
}

/** Not strict: the errors of Node's own are of no help to a person. */
function tokenize(args: readonly string[]) {
  const known = options.map(({ name, value }) => [name, { type: value === undefined ? 'boolean' : 'string' }] as const)
  return parseArgs({ args: [...args], options: Object.fromEntries(known), strict: false, tokens: true })
}

function joined({ name, value: placeholder }: Option, before: string | undefined, value: string | undefined): string {
  if (placeholder !== undefined && value === undefined) {
    throw mistake(`--${name} has no value.`, `Write --${name} ${placeholder}.`)
  }
  const own = (value ?? 'true').trim()
  // Mostly a variable that is not set: left out it would mean something else, no version gate for one.
  if (own === '') throw mistake(`--${name} is empty.`, 'Give it a value: is a variable in it not set?')
  if (before === undefined) return own
  if (name !== 'urls') throw mistake(`--${name} is given more than once.`, 'Give it once.')
  return `${before}\n${own}`
}

function defaultOf(wanted: string): string {
  return options.find(({ name }) => name === wanted)?.default ?? ''
}

function mistake(message: string, hint: string): ActionError {
  return new ActionError(message, { hint: `${hint} --help lists all flags.`.trim() })
}
