import { expect, it } from 'vitest'
import { faultOf, offsetOf } from './useDraft'

it('reads where a fault lies', () => {
  expect(faultOf('line 3, column 12: rule `a`: no such field')).toEqual({ line: 3, column: 12, text: 'rule `a`: no such field' })
  expect(faultOf('第 3 行第 12 列：规则 `a`：没有 `b` 这个键')).toEqual({ line: 3, column: 12, text: '规则 `a`：没有 `b` 这个键' })
  expect(faultOf('the set clashes')).toEqual({ line: null, column: null, text: 'the set clashes' })
})

it('finds the place in the text, counted in characters', () => {
  const text = 'a = 1\n# 😀办法 x\nb = 2'
  expect(text.slice(offsetOf(text, 2, 6))).toBe(' x\nb = 2')
  expect(text.slice(offsetOf(text, 3, 5))).toBe('2')
  expect(offsetOf(text, 99, 1)).toBe(text.length)
})
