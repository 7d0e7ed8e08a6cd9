import { describe, expect, it } from 'vitest'
import { formatPeriod, granularityOf, listPeriods, periodOf, rangeOf, regrain, shiftPeriod } from './period'

describe('periods', () => {
  it.each([
    ['2011-05-07', 'day'],
    ['2011-W18', 'week'],
    ['2011-05', 'month'],
    ['2011-Q2', 'quarter'],
    ['2011', 'year'],
    ['all', 'all'],
    ['2020-W53', 'week'],
    ['2021-W53', null],
    ['2011-02-30', null],
    ['2011-13', null],
    ['2011-Q5', null],
    ['', null],
  ])('%s is a %s', (period, granularity) => expect(granularityOf(period)).toBe(granularity))

  it.each([
    ['2021-01-03', '2020-W53'],
    ['2021-01-04', '2021-W01'],
    ['2024-12-30', '2025-W01'],
    ['2026-11-23', '2026-W48'],
  ])('%s lies in ISO week %s', (date, week) => expect(periodOf(date, 'week')).toBe(week))

  it.each([
    ['2020-W53', '2020-12-28', '2021-01-03'],
    ['2024-02', '2024-02-01', '2024-02-29'],
    ['2011-Q4', '2011-10-01', '2011-12-31'],
    ['2011', '2011-01-01', '2011-12-31'],
  ])('%s runs from %s to %s', (period, first, last) => expect(rangeOf(period)).toEqual({ first, last }))

  it.each([
    ['2020-W53', 1, '2021-W01'],
    ['2021-W01', -1, '2020-W53'],
    ['2026-01', -1, '2025-12'],
    ['2026-Q4', 1, '2027-Q1'],
    ['2024-02-28', 1, '2024-02-29'],
    ['all', 1, null],
  ] as const)('%s moved by %d is %s', (period, steps, moved) => expect(shiftPeriod(period, steps)).toBe(moved))

  it('lists newest first and holds both ends of the span', () => {
    expect(listPeriods('month', '2026-09-05', '2026-11-23')).toEqual(['2026-11', '2026-10', '2026-09'])
    expect(listPeriods('week', '2026-11-09', '2026-11-23')).toEqual(['2026-W48', '2026-W47', '2026-W46'])
  })

  it('changes granularity inside the data', () => {
    const span = { first: '2026-09-01', last: '2026-11-23' }
    expect(regrain('2026', 'month', span)).toBe('2026-11')
    expect(regrain('2026-09', 'week', span)).toBe('2026-W40')
    expect(regrain('all', 'day', span)).toBe('2026-11-23')
  })

  it('reads well in both languages', () => {
    expect(formatPeriod('2026-11', 'zh-CN')).toBe('2026 年 11 月')
    expect(formatPeriod('2026-11', 'en')).toBe('Nov 2026')
    expect(formatPeriod('2026-W48', 'zh-CN')).toBe('2026 年第 48 周（11 月 23 日–11 月 29 日）')
    expect(formatPeriod('2026-Q4', 'zh-CN')).toBe('2026 年第 4 季度')
    expect(formatPeriod('2026-11-23', 'en')).toBe('23 Nov 2026')
    expect(formatPeriod('nonsense', 'en')).toBe('nonsense')
  })
})
