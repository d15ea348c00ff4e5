/**
 * Terraform in a rehearsal: the version that the workflow pins, checks by the Terraform of this machine where it has one, and
 * nothing that could reach an account. Plain JavaScript, since whatever Node is on a step's PATH runs it.
 */
import { spawnSync } from 'node:child_process'
import { accessSync, constants, readdirSync, readFileSync } from 'node:fs'
import { delimiter, join, resolve } from 'node:path'
import process from 'node:process'
import { findMistakes, format, readsOnlyItself } from './configuration.mjs'

const stands = 'terraform (the stand-in of the rehearsal)'
const programs = resolve(import.meta.dirname, '..', 'programs')

const given = process.argv.slice(2)
const folder = resolve(given.find((arg) => arg.startsWith('-chdir='))?.slice('-chdir='.length) ?? '.')
const [command = '', ...args] = given.filter((arg) => !arg.startsWith('-chdir='))
process.exitCode = main()

function main() {
  if (['version', '-version', '--version'].includes(command)) return version()
  const real = findReal()
  if (['fmt', 'validate'].includes(command)) return real === undefined ? check() : pass(real)
  if (command === 'init' && args.includes('-backend=false'))
    return real === undefined ? done('nothing to initialise') : pass(real)
  if (!['init', 'plan', 'apply'].includes(command)) return refuse(`does not run "terraform ${command}"`)
  if (hasJson() || !readsOnlyItself(configuration())) {
    return refuse(
      `runs "terraform ${command}" only on a configuration that has nothing but terraform_data, since a rehearsal must not reach an account`,
    )
  }
  return real === undefined ? done(`nothing outside of Terraform to ${command}`) : pass(real)
}

function version() {
  const wanted = process.env.TERRAFORM_VERSION
  if (wanted === undefined || wanted === '') {
    const real = findReal()
    return real === undefined ? refuse('answers with TERRAFORM_VERSION, which is not set') : pass(real)
  }
  const platform = `${process.platform}_${process.arch === 'x64' ? 'amd64' : process.arch}`
  const answer = { terraform_version: wanted, platform, provider_selections: {}, terraform_outdated: false }
  console.log(args.includes('-json') ? JSON.stringify(answer, undefined, 2) : `Terraform v${wanted}\non ${platform}`)
  return 0
}

function findReal() {
  const folders = (process.env.PATH ?? '').split(delimiter).filter((path) => path !== '' && resolve(path) !== programs)
  return folders.map((path) => join(path, 'terraform')).find(isProgram)
}

function isProgram(file) {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}

function pass(real) {
  console.error(`${stands}: runs the Terraform of this machine.`)
  const { status, error } = spawnSync(real, given, { stdio: 'inherit' })
  if (error !== undefined) throw error
  return status ?? 1
}

/** What `fmt -check` and `validate` would find first, as far as that can be told without Terraform. */
function check() {
  console.error(
    `${stands}: there is no Terraform on this machine; a small check of blocks and layout stands in for ${command}.`,
  )
  if (command === 'validate') {
    const mistakes = configuration().flatMap(({ name, text }) =>
      findMistakes(text).map((mistake) => `${name}:${mistake}`),
    )
    for (const mistake of mistakes) console.error(`Error: ${mistake}`)
    if (mistakes.length === 0) console.log('Success! The configuration is valid, as far as this check can tell.')
    return mistakes.length === 0 ? 0 : 1
  }
  if (!args.includes('-check')) return refuse('formats nothing without a Terraform; it knows "terraform fmt -check"')
  const wrong = configuration(args.includes('-recursive')).filter(({ text }) => format(text) !== text)
  for (const { name } of wrong) console.log(name)
  return wrong.length === 0 ? 0 : 3
}

function configuration(recursive = false) {
  const files = readdirSync(folder, { recursive }).map(String)
  const wanted = files.filter((name) => /\.(tf|tfvars)$/.test(name) && !name.split(/[\\/]/).includes('.terraform'))
  return wanted.sort().map((name) => ({ name, text: readFileSync(join(folder, name), 'utf8') }))
}

/** Configuration in JSON is not read here, so nobody knows what it reaches. */
function hasJson() {
  return readdirSync(folder).some((name) => name.endsWith('.tf.json'))
}

function done(what) {
  console.log(`${stands}: ${what}; there is no Terraform on this machine.`)
  return 0
}

function refuse(why) {
  console.error(`Error: ${stands} ${why}.`)
  return 1
}
