import { execFileSync } from 'node:child_process'
import { defineConfig } from 'vite'

// The commit is part of what is deployed, so that anyone can ask the live site what it is.
const commit = execFileSync('git', ['rev-parse', 'HEAD'], { encoding: 'utf8' }).trim()

export default defineConfig({
  define: { __COMMIT__: JSON.stringify(commit) },
  build: { rollupOptions: { input: ['index.html', 'tides/index.html', '404.html'] } },
  plugins: [
    {
      name: 'version-file',
      generateBundle() {
        this.emitFile({ type: 'asset', fileName: 'version.json', source: `${JSON.stringify({ commit })}\n` })
      },
    },
  ],
})
