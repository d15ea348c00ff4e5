// Plain CommonJS, so that the oldest Node can run it: npm's scripts stop here with one line instead of a syntax error.
const { readFileSync } = require('node:fs')
const { join } = require('node:path')

const wanted = Number(readFileSync(join(__dirname, '..', '.nvmrc'), 'utf8'))
if (Number(process.versions.node.split('.')[0]) < wanted) {
  console.error(
    `Slipway's scripts need Node ${wanted}, and this is ${process.version}. ` +
      'Run `npm ci` without --ignore-scripts: it installs that Node for these scripts alone.',
  )
  process.exit(1)
}
