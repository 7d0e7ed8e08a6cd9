import { describe, expect, it } from 'vitest'
import { formatDifference, formatFigure, scaleOf } from './figure'

describe('figures', () => {
  it('are told in the unit that the largest needs', () => {
    const minutes = scaleOf('ms', 35 * 60_000)
    expect(formatFigure(35 * 60_000, minutes, 'zh-CN')).toBe('35.0 分钟')
    expect(formatDifference(-17 * 60_000, minutes, 'en')).toBe('\u221217.0 min')
    expect(formatFigure(9 * 3_600_000, scaleOf('ms', 9 * 3_600_000), 'en')).toBe('9.0 h')
  })
  it('tell shares in per cent and their differences in points', () => {
    const share = scaleOf('share', 0.96)
    expect(formatFigure(0.853, share, 'zh-CN')).toBe('85.3%')
    expect(formatDifference(0.107, share, 'zh-CN')).toBe('+10.7 个百分点')
  })
  it('give nothing no sign', () => {
    expect(formatDifference(0.0001, scaleOf('per_hundred_days', 3), 'en')).toBe('0.00')
    expect(formatDifference(-0.0001, scaleOf('per_hundred_days', 3), 'en')).toBe('0.00')
  })
})
