import { describe, fetchLights } from './lights.ts'

declare const __COMMIT__: string

const list = document.querySelector('#lights')
const commit = document.querySelector('#commit')
if (commit !== null) commit.textContent = __COMMIT__.slice(0, 7)

try {
  const lights = await fetchLights(import.meta.env.VITE_API_URL)
  list?.replaceChildren(...lights.map((light) => item(describe(light))))
} catch (error) {
  list?.replaceChildren(item(error instanceof Error ? error.message : String(error)))
}

function item(text: string): HTMLLIElement {
  const element = document.createElement('li')
  element.textContent = text
  return element
}
