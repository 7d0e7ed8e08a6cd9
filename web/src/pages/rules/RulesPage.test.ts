import { flushPromises, mount } from '@vue/test-utils'
import { beforeEach, expect, it, vi } from 'vitest'
import { createMemoryHistory, createRouter } from 'vue-router'
import { api } from '@/api/client'
import { region } from '@/api/region'
import type { BookRule, BookVersion, RuleBook } from '@/api/types'
import { i18n } from '@/locales'
import { pretendPhone, regionOf } from '@/testing'
import RulesPage from './RulesPage.vue'

const rules = vi.spyOn(api, 'rules')

function rule(over: Partial<BookRule> = {}): BookRule {
  return {
    id: 'service-time', title: '办理时长', title_en: 'Service time', dimension: 'efficiency', subject: 'person', period: null, sentence_zh: '每件不超过 20 分钟加 5 分。', sentence_en: 'At most 20 min: +5.',
    card: { basis: '第三条第二项', goal: '让人少等', review_on: '2026-10-01', review_due: true, most_zh: '每件至多加 5 分，件数不限', most_en: 'at most 5 points a fact' },
    since: '2026-02-01', points: null, clauses: [{ part: 'counts', zh: '窗口服务', en: 'services' }, { part: 'scope', zh: '只限大厅：市民中心', en: 'only halls' }],
    bands: [{ zh: '不超过 20 分钟', en: 'at most 20 min', points: '5' }, { zh: '超过 20 分钟', en: 'above 20 min', points: '-3' }], examples: [{ facts_zh: '办理时长 18 分钟', facts_en: 'service time 18 min', points: '5' }], ...over,
  }
}

function version(over: Partial<BookVersion> = {}): BookVersion {
  return { set: 'starter', title: '试行办法', title_en: 'Trial', version: 'a'.repeat(64), effective_from: '2026-01-01', effective_to: null, state: 'in_force', without_approval: true, rules: 2, added: [], removed: [], changed: [], ...over }
}

function book(over: Partial<RuleBook> = {}): RuleBook {
  const set = { id: 'starter', title: '试行办法', title_en: 'Trial', basis: '公示〔2026〕1号', version: 'a'.repeat(64), effective_from: '2026-01-01', effective_to: null, without_approval: true, approval: null, facts: [], sheets: [], reclasses: [], consequences: [], rules: [rule(), rule({ id: 'suggestion', title: '建议采纳', dimension: 'innovation', points: '15', bands: [], examples: [] })] }
  return { date: '2026-11-23', today: '2026-11-23', sets: [set], versions: [version()], ...over }
}

beforeEach(() => {
  region.value = regionOf()
  pretendPhone(false)
  rules.mockReset()
})

async function open(address: string) {
  const router = createRouter({ history: createMemoryHistory(), routes: [{ path: '/rules', component: RulesPage }, { path: '/:any(.*)*', component: { template: '<i />' } }] })
  await router.push(address)
  const page = mount(RulesPage, { global: { plugins: [i18n, router] }, attachTo: document.body })
  await flushPromises()
  return page
}

it('tells each rule in words, parts, bands and examples', async () => {
  rules.mockResolvedValue(book())
  const page = await open('/rules')
  for (const part of ['每件不超过 20 分钟加 5 分。', '只限大厅：市民中心', '公示〔2026〕1号', '办理时长 18 分钟', '无审批', '2026 年 2 月 1 日 起未变']) expect(page.text()).toContain(part)
  expect(page.findAll('#rule-service-time td.num').map((cell) => cell.text())).toEqual(['+5', '\u22123'])
  expect(page.findAll('#rule-suggestion td').map((cell) => cell.text())).toEqual(['每次', '+15'])
})

it('marks the rule of the address, and says when that day does not have it', async () => {
  rules.mockResolvedValue(book())
  expect((await open('/rules#rule-suggestion')).find('.rule.on').attributes('id')).toBe('rule-suggestion')
  expect(document.activeElement?.id).toBe('rule-suggestion')
  expect((await open('/rules#rule-gone')).find('[role=status]').text()).toContain('gone')
})

it('tells score sheets, and leads their own entries to them', async () => {
  const sheet = { id: 'month', title: '月度评分', title_en: 'Month', dimension: 'quality', subject: 'person' as const, period: 'month', base: '100', sentence_zh: '每人每月基础分 100 分。', sentence_en: '100 to begin with.', items: [{ id: 'voice', title: '评价投诉', title_en: 'Voice', base: '15', deduct_at_most: '15', max: null, bonus: false, rules: ['service-time'] }] }
  const [set] = book().sets
  rules.mockResolvedValue(book({ sets: [{ ...set!, sheets: [sheet] }] }))
  const page = await open('/rules#rule-month/voice/floor')
  expect(page.find('.sheet.on').text()).toContain('每人每月基础分 100 分。')
  expect(page.findAll('.sheet td').map((cell) => cell.text())).toEqual(['15', '15', '不限', '办理时长'])
  expect(page.find('[role=status]').exists()).toBe(false)
})

it('asks for the day of the address and says that it is another one', async () => {
  rules.mockResolvedValue(book({ date: '2026-06-01' }))
  const page = await open('/rules?date=2026-06-01')
  expect(rules).toHaveBeenCalledWith({ date: '2026-06-01' }, expect.anything())
  expect(page.text()).toContain('这是 2026 年 6 月 1 日 施行的规则，不是今天的')
})

it('leads from a day without rules to the first one', async () => {
  const versions = [version({ state: 'coming', effective_from: '2026-05-01', changed: [{ id: 'service-time', title: '办理时长', title_en: 'Service time' }] }), version({ state: 'coming' })]
  rules.mockResolvedValue(book({ date: '2025-01-01', sets: [], versions }))
  const page = await open('/rules?date=2025-01-01')
  expect(page.find('.state').text()).toContain('2026 年 1 月 1 日')
  expect(page.text()).toContain('修改： 办理时长')
})
