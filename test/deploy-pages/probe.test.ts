import { join } from 'node:path'
import { expect, it } from 'vitest'
import { chooseProbe } from '../../actions/deploy-pages/probe.ts'
import { readSite } from '../../actions/deploy-pages/site.ts'
import { SITE, workspace } from './setup.ts'

async function probeOf(files: Readonly<Record<string, string>>) {
  await using folder = await workspace(files)
  const { site } = await readSite(join(folder.path, 'dist'))
  return await chooseProbe(site, folder.path)
}

it('prefers a script or style sheet that is named after its content', async () => {
  expect(await probeOf(SITE)).toEqual({
    file: 'assets/app-Bx31kQ9z.js',
    urlPath: '/assets/app-Bx31kQ9z.js',
    mayDiffer: undefined,
  })
})

it('prefers anything exact to HTML, even an image', async () => {
  expect(await probeOf({ 'dist/index.html': 'x', 'dist/photo.png': 'y' })).toMatchObject({ file: 'photo.png' })
})

it('leaves out what a redirect takes', async () => {
  const probe = await probeOf({ 'dist/_redirects': '/js/* /moved/:splat', 'dist/js/app.js': 'x', 'dist/z.css': 'y' })
  expect(probe?.file).toBe('z.css')
})

it('leaves out what robots rules and firewalls are known to touch', async () => {
  const probe = await probeOf({
    'dist/robots.txt': 'x',
    'dist/.env.js': 'x',
    'dist/app.js.map': 'x',
    'dist/big.js': 'xyz',
  })
  expect(probe?.file).toBe('big.js')
})

it.each([
  ['index.html', '/'],
  ['about.html', '/about'],
  ['docs/index.html', '/docs/'],
])('looks for %s at %s, knowing that HTML may differ', async (file, urlPath) => {
  expect(await probeOf({ [`dist/${file}`]: '<p>' })).toMatchObject({
    urlPath,
    mayDiffer: expect.stringContaining('HTML'),
  })
})

it('knows that a _worker.js answers everything', async () => {
  expect(await probeOf({ ...SITE, 'dist/_worker.js': 'export default {}' })).toMatchObject({
    mayDiffer: expect.stringContaining('Functions'),
  })
})

it('knows from _routes.json what a _worker.js does not answer', async () => {
  const routes = JSON.stringify({ version: 1, include: ['/*'], exclude: ['/assets/*'] })
  const probe = await probeOf({ ...SITE, 'dist/_worker.js': 'export default {}', 'dist/_routes.json': routes })
  expect(probe).toMatchObject({ file: 'assets/app-Bx31kQ9z.js', mayDiffer: undefined })
})

it('knows from the functions folder what Functions do not answer', async () => {
  const probe = await probeOf({ ...SITE, 'functions/assets/[name].js': '', 'functions/api/hello.js': '' })
  expect(probe).toMatchObject({ file: 'logo.svg', mayDiffer: undefined })
})

it('knows that a middleware at the top answers everything', async () => {
  expect(await probeOf({ ...SITE, 'functions/_middleware.js': '' })).toMatchObject({
    mayDiffer: expect.stringContaining('Functions'),
  })
})

it('has nothing to look for in a worker alone', async () => {
  expect(await probeOf({ 'dist/_worker.js': 'export default {}' })).toBeUndefined()
})
