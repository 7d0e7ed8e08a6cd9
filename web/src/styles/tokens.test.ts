// Contrast of the tokens, both themes: 4.5 : 1 for text on whatever it stands on, 3 : 1 for marks (WCAG 2.2).
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { describe, expect, it } from 'vitest'

const sheet = readFileSync(resolve(process.cwd(), 'src/styles/tokens.css'), 'utf8')

function tokens(theme: string): Record<string, string> {
  const block = new RegExp(`data-theme='${theme}'\\] \\{([^}]*)\\}`).exec(sheet)?.[1] ?? ''
  return Object.fromEntries([...block.matchAll(/--([\w-]+): (#[0-9a-f]{6})/g)].map(([, name, value]) => [name, value]))
}

function luminance(hex: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => {
    const channel = parseInt(hex.slice(at, at + 2), 16) / 255
    return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * r + 0.7152 * g + 0.0722 * b
}

function contrast(a: string, b: string): number {
  const [low = 0, high = 0] = [luminance(a), luminance(b)].sort((x, y) => x - y)
  return (high + 0.05) / (low + 0.05)
}

describe.each(['light', 'dark'])('%s tokens', (theme) => {
  const of = tokens(theme)
  const ratio = (a: string, b: string) => contrast(of[a] ?? '', of[b] ?? '')

  it.each(['paper', 'paper-2', 'accent-soft'].flatMap((ground) => ['ink', 'ink-2', 'ink-3', 'accent', 'gain', 'loss'].map((text) => [text, ground] as const)))(
    '%s on %s reads',
    (text, ground) => expect(ratio(text, ground)).toBeGreaterThanOrEqual(4.5),
  )
  it.each([
    ['held', 'held-soft'],
    ['held', 'paper'],
    ['loss', 'loss-soft'],
    ['on-accent', 'accent'],
    ['ink-2', 'paper-3'],
  ])('%s on %s reads', (text, ground) => expect(ratio(text, ground)).toBeGreaterThanOrEqual(4.5))
  it.each(['eff', 'qua', 'inn', 'col', 'line-3'])('the mark %s is seen', (mark) => expect(ratio(mark, 'paper')).toBeGreaterThanOrEqual(3))
})
