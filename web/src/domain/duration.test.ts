import { expect, it } from 'vitest'
import { formatDuration } from './duration'

it.each([
  [1_037_000, '17 分 17 秒', '17 min 17 s'],
  [0, '0 秒', '0 s'],
  [850, '0.85 秒', '0.85 s'],
  [61_001, '1 分 1.001 秒', '1 min 1.001 s'],
  [1_200_000, '20 分', '20 min'],
  [3_605_000, '1 小时 5 秒', '1 h 5 s'],
  [90_061_000, '1 天 1 小时 1 分 1 秒', '1 d 1 h 1 min 1 s'],
  [-4_000, '\u22124 秒', '\u22124 s'],
])('shows %d ms', (milliseconds, zh, en) => {
  expect(formatDuration(milliseconds, 'zh-CN')).toBe(zh)
  expect(formatDuration(milliseconds, 'en')).toBe(en)
})

it('counts working time in hours only', () => {
  expect(formatDuration(180_000_000, 'zh-CN', { days: false })).toBe('50 小时')
})
