import { enableAutoUnmount, flushPromises, mount } from '@vue/test-utils'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createMemoryHistory, createRouter } from 'vue-router'
import { ApiError, api } from '@/api/client'
import { region } from '@/api/region'
import type { Settlement } from '@/api/types'
import { i18n } from '@/locales'
import { pretendPhone, regionOf } from '@/testing'
import SettlementPage from './SettlementPage.vue'
import { lastMonth } from './useSettlement'

const definition = (id: string, title: string) => ({ id, title, title_en: id, sentence_zh: `${title}：按月。`, sentence_en: `${id}: by month.` })
const who = (kind: 'person' | 'window', code: string, name: string) => ({ kind, code, name })
const LAN = who('person', 'P1', '王岚')
const ZHOU = who('person', 'P2', '周敏')
const SETTLED: Settlement = {
  region: 'test', period: '2026-10', ended: true, as_of_position: 9, digest: 'a'.repeat(64),
  composites: [{ definition: definition('score', '综合分'), full: '100', parts: [{ id: 'own', title: '自评', title_en: 'own', weight: '60%', full: '100' }], rows: [{ who: who('window', 'W1', '社保 01'), score: '98.8', parts: [{ value: '97', adds: '58.2', heads: 2, periods: [] }] }] }],
  grades: [{ definition: definition('grade', '等次'), rows: [{ who: LAN, score: '97', grade: '优秀', grade_en: 'excellent', band: 2, capped_by: null, capped_by_en: null }, { who: ZHOU, score: '98', grade: '合格', grade_en: 'fair', band: 1, capped_by: '投诉两件', capped_by_en: 'two complaints' }] }],
  vetoes: [{ definition: definition('veto', '投诉两件'), rules: ['complaint'], rows: [{ who: ZHOU, periods: [{ period: '2026-10', facts: 2 }] }] }],
  cards: [{ definition: definition('card', '超期'), rules: ['overdue'], levels: 3, rows: [{ who: who('window', 'W1', '社保 01'), card: '黄牌', card_en: 'yellow', level: 1, facts: 3 }] }],
  honours: [{ definition: definition('star', '服务之星'), leagues: [{ league: null, league_en: null, heads: 2, quota: 1, rows: [{ who: ZHOU, rank: 1, score: '98', outcome: 'barred', reason_zh: '否决：投诉两件', reason_en: 'vetoed' }, { who: LAN, rank: 2, score: '97', outcome: 'titled', reason_zh: null, reason_en: null }] }] }],
  waiting: [], publicities: [],
  proposals: [], payouts: [{ definition: definition('money', '奖金'), unit: '元', total: '500', rows: [{ who: LAN, amount: '300', ground_zh: '获荣誉', ground_en: 'has the title' }, { who: ZHOU, amount: '200', ground_zh: '合格', ground_en: 'fair' }] }],
}
const NOTHING: Settlement = { ...SETTLED, composites: [], grades: [], vetoes: [], cards: [], honours: [], payouts: [] }

async function open(path = '/settlement') {
  const router = createRouter({ history: createMemoryHistory(), routes: [{ path: '/settlement', component: SettlementPage }, { path: '/:any(.*)*', component: { template: '<i />' } }] })
  await router.push(path)
  const page = mount(SettlementPage, { global: { plugins: [i18n, router] }, attachTo: document.body })
  await flushPromises()
  return { page, router }
}

const settlement = vi.spyOn(api, 'settlement')
beforeEach(() => {
  region.value = regionOf()
  pretendPhone(false)
  settlement.mockReset()
  settlement.mockResolvedValue(SETTLED)
})
enableAutoUnmount(afterEach)

describe('a settlement', () => {
  it('is of the last month that is over unless the address says otherwise', async () => {
    expect([lastMonth({ first: '2026-09-01', last: '2026-11-23' }), lastMonth({ first: '2026-11-02', last: '2026-11-23' })]).toEqual(['2026-10', '2026-11'])
    await open()
    expect(settlement).toHaveBeenLastCalledWith({ period: '2026-10' }, expect.anything())
    await open('/settlement?period=2026-Q3')
    expect(settlement).toHaveBeenLastCalledWith({ period: '2026-Q3' }, expect.anything())
    await open('/settlement?period=2026-11-03')
    expect(settlement).toHaveBeenLastCalledWith({ period: '2026-10' }, expect.anything())
  })

  it('shows one kind of subject at a time and leads from every number to what makes it', async () => {
    const { page } = await open()
    expect(page.text()).toContain('周敏')
    expect(page.text()).not.toContain('社保 01')
    expect(page.find('a[href="/subject/person/P2?period=2026-10&rule=complaint"]').text()).toBe('2 件')
    expect(page.findAll('tr.titled').map((row) => row.text())).toEqual([expect.stringContaining('王岚')])
    expect(page.text()).toContain('否决：投诉两件')
    expect(page.text()).toContain('合计 500 元，2 笔')
    const windows = (await open('/settlement?subject=window')).page
    expect(windows.text()).toContain('98.8')
    expect(windows.text()).toContain('黄牌')
    expect(windows.text()).not.toContain('周敏')
  })

  it('asks on a phone for own results alone and shows no place', async () => {
    pretendPhone(true)
    settlement.mockResolvedValue({ ...NOTHING, honours: SETTLED.honours.map((honour) => ({ ...honour, leagues: honour.leagues.map((league) => ({ ...league, rows: league.rows.slice(1).map((row) => ({ ...row, rank: null })) })) })) })
    const { page } = await open()
    expect(settlement).toHaveBeenLastCalledWith({ period: '2026-10', own: 'true' }, expect.anything())
    expect(page.text()).toContain('服务之星')
    expect(page.text()).not.toMatch(/名次|第 ?\d+ ?名/)
    expect(page.find('.rank').exists()).toBe(false)
  })

  it('says how to go on when there is nothing, and what happened when it failed', async () => {
    settlement.mockResolvedValue(NOTHING)
    expect((await open('/settlement?period=2020-01')).page.find('.state').text()).toContain('2020 年 1 月没有结算结果')
    pretendPhone(true)
    expect((await open()).page.find('.state').text()).toContain('手机上只看本人的结果')
    settlement.mockRejectedValue(new ApiError(500, {}))
    expect((await open()).page.find('.state[data-tone=loss]').exists()).toBe(true)
  })
  it('tells the days of publication and appeal, and which sheets nobody has yet', async () => {
    const clock = { definition: definition('public', '月度公示'), of: ['grade'], publish_by: '2026-11-06', public_until: '2026-11-12', appeal_from: '2026-11-13', appeal_until: '2026-11-17', answer_by: null, waiting: null }
    const later = { ...clock, definition: definition('later', '年度公示'), publish_by: null, public_until: null, appeal_from: null, appeal_until: null, waiting: 'calendar_year_unknown:2027' }
    settlement.mockResolvedValue({ ...SETTLED, publicities: [clock, later], waiting: [{ sheet: 'month', title: '月度评分', title_en: 'Month', reason: 'calendar_year_unknown:2027' }] })
    const { page } = await open()
    for (const part of ['公布（最迟）', '2026 年 11 月 6 日', '申诉至', '2026 年 11 月 17 日', '工作日历没有 2027', '“月度评分”不可评估：日历没有 2027 年']) expect(page.text()).toContain(part)
    expect(page.text()).not.toContain('答复（最迟）')
  })
})
