import { expect, it } from 'vitest'
import { formatField, formatMeasure, formatRate } from './measure'

const field = { name: 'x', zh: '', en: '', type: 'integer' as const, duration: false, value: '3', not_evaluable: null }
const words = { yes: '是', no: '否' }

it.each([
  ['19/20', '19/20 = 95 %'],
  ['94999/100000', '94999/100000 ≈ 94.99 %'],
  ['2/3', '2/3 ≈ 66.66 %'],
  ['0/7', '0/7 = 0 %'],
  ['0/0', '0/0'],
])('writes the rate %s as %s, never rounded over an edge', (value, shown) => expect(formatRate(value, 'zh-CN')).toBe(shown))

it('writes what was measured in its unit', () => {
  expect(formatMeasure({ zh: '', en: '', words_zh: '', words_en: '', value: '1037000', unit: 'ms' }, 'zh-CN')).toBe('17 分 17 秒')
  expect(formatMeasure({ zh: '', en: '', words_zh: '', words_en: '', value: '-3', unit: '件' }, 'zh-CN')).toBe('\u22123 件')
})

it('writes the values of facts', () => {
  expect(formatField(field, 'zh-CN', words)).toBe('3')
  expect(formatField({ ...field, type: 'boolean', value: 'true' }, 'zh-CN', words)).toBe('是')
  expect(formatField({ ...field, value: null }, 'zh-CN', words)).toBeNull()
  expect(formatField({ ...field, duration: true, value: '180000000' }, 'zh-CN', words)).toBe('2 天 2 小时')
  expect(formatField({ ...field, name: 'working_ms', duration: true, value: '180000000' }, 'zh-CN', words)).toBe('50 小时')
})
