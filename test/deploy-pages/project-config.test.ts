import { join } from 'node:path'
import { expect, it } from 'vitest'
import { readProjectConfig } from '../../actions/deploy-pages/project-config.ts'
import { workspace } from './setup.ts'

it.each([
  ['wrangler.toml', 'name = "site"\npages_build_output_dir = "./dist"\ncompatibility_flags = ["nodejs_compat"]'],
  ['wrangler.json', '{ "name": "site", "pages_build_output_dir": "dist" }'],
  ['wrangler.jsonc', '// the site\n{ "name": "site", "pages_build_output_dir": "./dist/", }'],
])('reads project and folder from %s', async (file, text) => {
  await using folder = await workspace({ [file]: text })
  expect(await readProjectConfig(folder.path)).toEqual({
    path: join(folder.path, file),
    name: 'site',
    outputDirectory: join(folder.path, 'dist'),
    isWorker: false,
  })
})

it('prefers them in the order of wrangler', async () => {
  await using folder = await workspace({ 'wrangler.toml': 'name = "toml"', 'wrangler.jsonc': '{ "name": "jsonc" }' })
  expect(await readProjectConfig(folder.path)).toMatchObject({ name: 'jsonc' })
})

it('follows the redirect that a framework leaves for wrangler', async () => {
  await using folder = await workspace({
    'wrangler.toml': 'name = "source"',
    '.wrangler/deploy/config.json': '{ "configPath": "../../dist/server/wrangler.json" }',
    'dist/server/wrangler.json': '{ "name": "generated", "pages_build_output_dir": "../client" }',
  })
  expect(await readProjectConfig(folder.path)).toMatchObject({
    name: 'generated',
    outputDirectory: join(folder.path, 'dist/client'),
  })
})

it('knows of no folder in the configuration of a Worker', async () => {
  await using folder = await workspace({ 'wrangler.toml': 'name = "api"\nmain = "src/index.ts"' })
  expect(await readProjectConfig(folder.path)).toMatchObject({ outputDirectory: undefined, isWorker: true })
})

it('is content without a configuration', async () => {
  await using folder = await workspace({})
  expect(await readProjectConfig(folder.path)).toBeUndefined()
})

it.each([
  ['wrangler.toml', 'name = ', /wrangler\.toml cannot be used/],
  ['wrangler.jsonc', '{\n  "name": "site"\n  "x": 1\n}', /wrangler\.jsonc cannot be used: .* in line 3/],
  ['wrangler.json', '{ "name": 7 }', /wrangler\.json cannot be used: name: /],
])('says what is wrong with %s', async (file, text, message) => {
  await using folder = await workspace({ [file]: text })
  await expect(readProjectConfig(folder.path)).rejects.toThrow(message)
})
