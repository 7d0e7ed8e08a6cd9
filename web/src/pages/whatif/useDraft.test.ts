import { expect, it } from 'vitest'
import { faultOf, offsetOf } from './useDraft'

it('reads where a fault lies', () => {
  expect(faultOf('line 3, column 12: rule `a`: no such field')).toEqual({ line: 3, column: 12, text: 'rule `a`: no such field' })
  expect(faultOf('the set clashes')).toEqual({ line: null, column: null, text: 'the set clashes' })
})

it('finds the place in the text, counted in characters', () => {
  const text = 'a = 1\n# 😀办法 x\nb = 2'
  expect(text.slice(offsetOf(text, 2, 6))).toBe(' x\nb = 2')
  expect(text.slice(offsetOf(text, 3, 5))).toBe('2')
  expect(offsetOf(text, 99, 1)).toBe(text.length)
})
