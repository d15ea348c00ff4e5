/** Compiles every action to one file, dist/<name>/index.js, with what it ships besides (assets/) next to it. */
import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, rmSync } from 'node:fs'
import { actionNames, root } from './actions.ts'
import { validatorFile, writeValidator } from './validators.ts'

const names = actionNames()
writeValidator()
rmSync(`${root}build`, { recursive: true, force: true })
run('typescript/bin/tsc', '-p', 'tsconfig.build.json')
// As it is: the compiler would indent it to five times its size.
cpSync(validatorFile, validatorFile.replace(root, `${root}build/`))
rmSync(`${root}dist`, { recursive: true, force: true }) // once the sources compile, so that a mistake leaves it whole
for (const name of names) {
  // No source map: loading it doubles the time an action takes to fail. No cache: it would hide a stale input.
  run(
    '@vercel/ncc/dist/ncc/cli.js',
    'build',
    `build/actions/${name}/main.js`,
    '-o',
    `dist/${name}`,
    '--no-cache',
    '-q',
    '--license',
    'licenses.txt',
  )
  const assets = `${root}actions/${name}/assets`
  if (existsSync(assets)) cpSync(assets, `${root}dist/${name}`, { recursive: true })
}
console.log(`Built ${names.length} actions: ${names.join(', ')}.`)

function run(script: string, ...args: readonly string[]): void {
  execFileSync(process.execPath, [`${root}node_modules/${script}`, ...args], { cwd: root, stdio: 'inherit' })
}
