/** Writes each action's input and output tables into its README from its action.yml; `--check` only compares. */
import { readFileSync, writeFileSync } from 'node:fs'
import { type Manifest, readManifest } from './action-yml.ts'
import { actionNames, root } from './actions.ts'

const check = process.argv.includes('--check')
const stale = actionNames().filter((name) => {
  const path = `${root}actions/${name}/README.md`
  const current = readFileSync(path, 'utf8')
  const rendered = renderTables(current, readManifest(name), path)
  if (rendered !== current && !check) writeFileSync(path, rendered)
  return rendered !== current
})
if (check && stale.length > 0) {
  console.error(`These READMEs do not say what their action.yml says; run \`npm run docs\`: ${stale.join(', ')}.`)
  process.exitCode = 1
} else {
  console.log(
    `${actionNames().length} READMEs agree with their action.yml${stale.length > 0 ? ', after an update' : ''}.`,
  )
}

function renderTables(readme: string, manifest: Manifest, path: string): string {
  const inputs = Object.entries(manifest.inputs).map(([name, input]) => [
    `\`${name}\``,
    input.default === undefined || input.default === '' ? (input.required ? 'required' : '') : `\`${input.default}\``,
    input.description,
  ])
  const outputs = Object.entries(manifest.outputs).map(([name, output]) => [`\`${name}\``, output.description])
  const withInputs = between(readme, 'inputs', table(['Input', 'Default', 'Meaning'], inputs), path)
  return between(withInputs, 'outputs', table(['Output', 'Meaning'], outputs), path)
}

function between(text: string, marker: string, content: string, path: string): string {
  const region = new RegExp(`<!-- ${marker} -->[\\s\\S]*?<!-- /${marker} -->`)
  if (!region.test(text)) throw new Error(`${path} has no <!-- ${marker} --> … <!-- /${marker} --> region.`)
  return text.replace(region, () => `<!-- ${marker} -->\n\n${content}\n\n<!-- /${marker} -->`)
}

function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells
      .map((cell) =>
        cell
          .trim()
          .replace(/\s*\n\s*/g, ' ')
          .replaceAll('|', '\\|'),
      )
      .join(' | ')} |`
  return [line(header), line(header.map(() => '---')), ...rows.map(line)].join('\n')
}
