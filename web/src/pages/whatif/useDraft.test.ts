import { expect, it } from 'vitest'
import { offsetOf } from './useDraft'

it('finds the place in the text, counted in characters', () => {
  const text = 'a = 1\n# 😀办法 x\nb = 2'
  expect(text.slice(offsetOf(text, 2, 6))).toBe(' x\nb = 2')
  expect(text.slice(offsetOf(text, 3, 5))).toBe('2')
  expect(offsetOf(text, 99, 1)).toBe(text.length)
})
