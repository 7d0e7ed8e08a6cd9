import { describe, expect, it } from 'vitest'
import { formatChange, formatCount, formatPoints, isNegative, isZero } from './points'

describe('points', () => {
  it.each([
    ['412.5', '412.5'],
    ['-3', '\u22123'],
    ['0', '0'],
    ['-0', '0'],
    ['0.5', '0.5'],
    ['-0.125', '\u22120.125'],
    ['12345.678', '12\u202f345.678'],
    ['1234567', '1\u202f234\u202f567'],
  ])('shows the balance %s as %s', (value, shown) => expect(formatPoints(value, 'zh-CN')).toBe(shown))

  it.each([
    ['5', '+5'],
    ['-3', '\u22123'],
    ['0', '0'],
    ['0.000', '0.000'],
    ['1000', '+1,000'],
  ])('shows the change %s as %s', (value, shown) => expect(formatChange(value, 'en')).toBe(shown))

  it('leaves alone what is no number', () => expect(formatPoints('n/a', 'en')).toBe('n/a'))
  it('keeps digits a float would lose', () => expect(formatPoints('9007199254740993.001', 'en')).toBe('9,007,199,254,740,993.001'))
  it('knows zero from loss', () => {
    expect(isZero('-0.0')).toBe(true)
    expect(isNegative('-0.0')).toBe(false)
    expect(isNegative('-0.001')).toBe(true)
  })
  it('groups counts', () => {
    expect(formatCount(1284073, 'zh-CN')).toBe('1\u202f284\u202f073')
    expect(formatCount(-1000, 'en')).toBe('\u22121,000')
  })
})
