// Takes the pictures of the README: node e2e/shots.mjs BASE_URL KEY FOLDER HUNDRED
// HUNDRED is a manager's key to a hall with a closed month.
// Environment: CHROMIUM (default /usr/bin/chromium). Called by `cargo xtask shots`.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium } from 'playwright-core'

const [base, key, folder, hundred] = process.argv.slice(2)
if (!base || !key || !folder || !hundred) {
  console.error('usage: node e2e/shots.mjs BASE_URL KEY FOLDER HUNDRED')
  process.exit(2)
}

async function read(path) {
  const response = await fetch(new URL(path, base), { headers: { authorization: `Bearer ${key}` } })
  if (!response.ok) throw new Error(`GET ${path}: ${response.status}`)
  return response.json()
}

// Periods that are over end first, and what they bring pushes the day's points off the screen for a while.
const deadline = Date.now() + 600_000
while ((await read('/api/v1/now')).behind > 0 || (await read('/api/v1/screen')).gains.length < 8) {
  if (Date.now() > deadline) throw new Error('the hall did not come to rest in ten minutes')
  await new Promise((resolve) => setTimeout(resolve, 2_000))
}

const { items } = await read('/api/v1/entries?period=all&limit=200')
const entry = items.find((one) => one.anchor_kind === 'fact' && one.fact_kind === 'service') ?? items[0]
const pictures = [
  ['leaderboard', '/board', '.frame tbody tr', 1280, 800],
  ['explanation', `/entry/${encodeURIComponent(entry.region)}/${entry.position}`, '.big', 1280, 800],
  ['cockpit', '/cockpit', '#main h1', 1280, 800],
  ['rules', '/rules', '#main h1', 1280, 800],
  ['settlement', '/settlement', '#main tbody tr', 1280, 800, hundred],
  ['screen', '/screen', '.screen .clock', 1920, 1080],
]

const profile = mkdtempSync(join(tmpdir(), 'jifen-shots-'))
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
  env: { ...process.env, HOME: profile },
})
for (const [name, path, sign, width, height, other] of pictures) {
  const context = await browser.newContext({ viewport: { width, height }, locale: 'zh-CN', reducedMotion: 'reduce' })
  await context.addInitScript(() => localStorage.setItem('jifen.locale', 'zh-CN'))
  const page = await context.newPage()
  await page.goto(`${base}${path}#key=${encodeURIComponent(other ?? key)}`)
  await page.waitForSelector(sign)
  // A live page is never idle for good: what it asks for first is enough.
  await page.waitForLoadState('networkidle', { timeout: 5_000 }).catch(() => undefined)
  await page.screenshot({ path: join(folder, `${name}.png`) })
  console.log(`  ${name}.png`)
  await context.close()
}
await browser.close()
rmSync(profile, { recursive: true, force: true })
