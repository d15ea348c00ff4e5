/** The stand-in for Terraform, with a Terraform further along the PATH and without one. */
import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { ownPrograms } from '../../rehearsal/folders.ts'
import { findMistakes, format, readsOnlyItself } from '../../rehearsal/standins/terraform/configuration.mjs'
import { jobOf, printed, rehearseText } from '../support/rehearse.ts'

const root = mkdtempSync(join(tmpdir(), 'slipway-test-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

/** A PATH with what the stand-in needs, and with a Terraform that says what it was asked, or without. */
function pathWith(terraform: boolean): string {
  const bin = mkdtempSync(join(root, 'bin-'))
  for (const name of ['bash', 'dirname', 'env'])
    symlinkSync(execFileSync('which', [name], { encoding: 'utf8' }).trim(), join(bin, name))
  symlinkSync(process.execPath, join(bin, 'node'))
  if (terraform) {
    writeFileSync(join(bin, 'terraform'), '#!/usr/bin/env bash\necho "real: $*"\nexit 7\n')
    chmodSync(join(bin, 'terraform'), 0o755)
  }
  return [ownPrograms, bin].join(delimiter)
}

const tidy = `variable "environment" {
  type        = string
  description = "Where" # a comment with {

  validation {
    condition     = contains(["a", "b"], var.environment)
    error_message = "No."
  }
}

resource "terraform_data" "one" {
  input = {
    name = "x"
    size = 2
  }
}
`

function run(args: readonly string[], { terraform = false, text = tidy, env = {}, name = 'main.tf' } = {}) {
  const cwd = mkdtempSync(join(root, 'infra-'))
  writeFileSync(join(cwd, name), text)
  const { status, stdout, stderr } = spawnSync('terraform', args, {
    cwd,
    env: { PATH: pathWith(terraform), ...env },
    encoding: 'utf8',
  })
  return { status, stdout, stderr }
}

describe('it', () => {
  it('is first on the PATH of a step, and has the version that is asked for', async () => {
    const report = await rehearseText(
      jobOf('- { name: Ask, env: { TERRAFORM_VERSION: 1.15.8 }, run: "command -v terraform; terraform version" }'),
    )
    expect(printed(report, 'Ask')).toEqual([
      join(ownPrograms, 'terraform'),
      'Terraform v1.15.8',
      expect.stringMatching(/^on \w+_\w+$/),
    ])
  })

  it('has it as JSON, too', () => {
    const { stdout } = run(['version', '-json'], { env: { TERRAFORM_VERSION: '1.15.8' } })
    expect(JSON.parse(stdout)).toMatchObject({ terraform_version: '1.15.8', provider_selections: {} })
  })

  it('has none where none is asked for', () => {
    expect(run(['version'])).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('TERRAFORM_VERSION, which is not set'),
    })
    expect(run(['version'], { terraform: true })).toMatchObject({ status: 7, stdout: 'real: version\n' })
  })

  it.each([
    ['fmt', '-check'],
    ['validate', '-no-color'],
    ['init', '-backend=false'],
    ['apply', '-auto-approve'],
  ])('passes "%s %s" to a real one, and says so', (...args) => {
    const { status, stdout, stderr } = run(args, { terraform: true })
    expect([status, stdout]).toEqual([7, `real: ${args.join(' ')}\n`])
    expect(stderr).toBe('terraform (the stand-in of the rehearsal): runs the Terraform of this machine.\n')
  })

  it.each(['destroy', 'state', 'import', ''])('refuses "%s"', (command) => {
    const { status, stderr } = run([command], { terraform: true })
    expect([status, stderr]).toEqual([
      1,
      `Error: terraform (the stand-in of the rehearsal) does not run "terraform ${command}".\n`,
    ])
  })

  it.each([
    'provider "aws" {}',
    'module "a" {\n  source = "./a"\n}',
    'terraform {\n  backend "s3" {}\n}',
    'resource "aws_s3_bucket" "a" {}',
    'resource "terraform_data" "a" {\n  provisioner "local-exec" {}\n}',
  ])('reaches no account: %s', (block) => {
    for (const command of ['apply', 'plan', 'init']) {
      const { status, stdout, stderr } = run([command], { terraform: true, text: `${tidy}${block}\n` })
      expect([status, stdout]).toEqual([1, ''])
      expect(stderr).toContain('must not reach an account')
    }
    expect(run(['init', '-backend=false'], { terraform: true, text: block }).status).toBe(7)
  })
})

it('reaches no account by a configuration in JSON', () => {
  expect(run(['apply'], { terraform: true, name: 'main.tf.json', text: '{}' })).toMatchObject({
    status: 1,
    stderr: expect.stringContaining('must not reach an account'),
  })
})

describe('without a Terraform', () => {
  const says = /there is no Terraform on this machine; a small check of blocks and layout stands in/

  it('takes what is tidy', () => {
    for (const args of [['fmt', '-check', '-recursive'], ['validate']]) {
      expect(run(args)).toMatchObject({ status: 0, stderr: expect.stringMatching(says) })
    }
    expect(run(['init', '-backend=false']).stdout).toContain('there is no Terraform on this machine')
  })

  it.each([
    ['indentation', tidy.replace('  type ', '   type ')],
    ['alignment', tidy.replace('type        =', 'type =')],
    ['trailing space', tidy.replace('"No."', '"No." ')],
  ])('names the file of a wrong %s', (_, text) => {
    expect(run(['fmt', '-check'], { text })).toMatchObject({ status: 3, stdout: 'main.tf\n' })
  })

  it('formats nothing', () => {
    expect(run(['fmt'])).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('formats nothing without a Terraform'),
    })
  })

  it('finds a block that is not closed', () => {
    expect(run(['validate'], { text: tidy.slice(0, -2) })).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('Error: main.tf:11: "{" is never closed'),
    })
    expect(findMistakes('a = [\n}\n')).toEqual(['2: "}" closes nothing that is open'])
  })

  it('leaves heredocs, comments and strings as they are', () => {
    const text = 'locals {\n  a = <<-EOT\n not { mine\n  EOT\n  b = "}" # }\n  c = "\\"{"\n}\n'
    expect(format(text)).toBe(text)
    expect(findMistakes(text)).toEqual([])
    expect(readsOnlyItself([{ name: 'main.tf', text }])).toBe(true)
  })
})

it.skipIf(spawnSync('terraform', ['version']).status !== 0)('agrees with a real Terraform on the example', () => {
  const infra = join(import.meta.dirname, '../../examples/fullstack/infra')
  const text = execFileSync('cat', [join(infra, 'main.tf')], { encoding: 'utf8' })
  expect(spawnSync('terraform', ['fmt', '-check'], { cwd: infra }).status).toBe(0)
  expect(format(text)).toBe(text)
})
