// Prints what the first route loads, gzipped, and fails when it is over the budget (design: stack.md §3).
import { readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'

const BUDGET_KB = 250
const dist = new URL('../dist/', import.meta.url)
const manifest = JSON.parse(readFileSync(new URL('.vite/manifest.json', dist)))

function closure(keys, seen = new Set()) {
  for (const key of keys) {
    if (seen.has(key)) continue
    seen.add(key)
    closure(manifest[key].imports ?? [], seen)
  }
  return seen
}
const gz = (file) => gzipSync(readFileSync(new URL(file, dist)), { level: 9 }).length / 1000
const kb = (n) => `${n.toFixed(1)} kB`

function sizes(keys) {
  const chunks = [...keys].map((key) => manifest[key])
  const css = new Set(chunks.flatMap((chunk) => chunk.css ?? []))
  return {
    js: chunks.reduce((sum, chunk) => sum + (chunk.file.endsWith('.js') ? gz(chunk.file) : 0), 0),
    css: [...css].reduce((sum, file) => sum + gz(file), 0),
  }
}

const entry = Object.keys(manifest).find((key) => manifest[key].isEntry)
const board = Object.keys(manifest).find((key) => key.endsWith('BoardPage.vue'))
const first = sizes(closure([entry, board]))
const all = sizes(new Set(Object.keys(manifest)))
console.log(`first route (/board): JS ${kb(first.js)} gz of ${BUDGET_KB} kB, CSS ${kb(first.css)} gz`)
console.log(`all chunks:           JS ${kb(all.js)} gz, CSS ${kb(all.css)} gz`)
if (first.js > BUDGET_KB) {
  console.error(`first route is over the budget of ${BUDGET_KB} kB`)
  process.exit(1)
}
