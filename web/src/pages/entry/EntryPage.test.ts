import { flushPromises, mount } from '@vue/test-utils'
import { beforeEach, expect, it, vi } from 'vitest'
import { createMemoryHistory, createRouter } from 'vue-router'
import { api, ApiError } from '@/api/client'
import { region } from '@/api/region'
import { i18n } from '@/locales'
import { entry, explanation, fact, number, pretendPhone, regionOf } from '@/testing'
import EntryPage from './EntryPage.vue'

const explain = vi.spyOn(api, 'explanation')
beforeEach(() => {
  region.value = regionOf()
  pretendPhone(false)
  explain.mockReset()
})

async function open() {
  const router = createRouter({ history: createMemoryHistory(), routes: [{ path: '/entry/:region/:position', component: EntryPage }, { path: '/:any(.*)*', component: { template: '<i />' } }] })
  await router.push('/entry/test/7')
  const page = mount(EntryPage, { global: { plugins: [i18n, router] } })
  await flushPromises()
  return page
}

it('tells rule, value, band, owner, version and sources', async () => {
  explain.mockResolvedValue(explanation())
  const text = (await open()).text()
  for (const part of ['+5', '办理时长', '17 分 17 秒', '与档位比较', '本次，第 1 档', '来源数据写明由王岚办理', '7 号窗口 · 公安 · ', '不超过 20 分钟加 5 分。', '试行办法', 'cccccccc…cccc', '2026 年 11 月 1 日 起', '无审批', '办理结束', '无法计算：日历缺 2031 年', '没有封顶、冲正或调整'])
    expect(text).toContain(part)
})

it('marks the one band that was chosen', async () => {
  explain.mockResolvedValue(explanation())
  const bands = (await open()).findAll('.bands li')
  expect(bands.map((band) => band.attributes('aria-current'))).toEqual(['true', undefined])
})

it('says in words which check failed', async () => {
  explain.mockResolvedValue(explanation({ checks: { entry_digest: true, facts_digest: false, records: true } }))
  const page = await open()
  expect(page.findAll('.checks li').map((check) => check.classes()[0])).toEqual(['yes', 'no', 'yes'])
  expect(page.text()).toContain('所依据的事实与入账时不一致')
  expect(page.find('.warn').exists()).toBe(true)
})

it('links a reversal and its original to one another', async () => {
  explain.mockResolvedValue(explanation({ reversed_by: 12, related: [entry({ position: 12, kind: 'reversal', points: '-5', reverses: 7 })] }))
  const page = await open()
  expect(page.find('.notice a').attributes('href')).toBe('/entry/test/12')
  expect(page.text()).toContain('冲正')
  expect(page.text()).toContain('\u22125')
})

it('shows the rate and pages the facts of an award per period', async () => {
  const rated = (id: string) => fact({ id, kind: 'rating', fields: [number('level', '5')] })
  const base = explanation({ entry: entry({ anchor: 'period:2026-11-22', anchor_kind: 'period' }), measure: { zh: '满意率', en: 'satisfaction', value: '19/20', words_zh: '', words_en: '', unit: '' }, facts_total: 20 })
  explain.mockResolvedValueOnce({ ...base, facts: [rated('a'), rated('b')], facts_next: 'c2' })
  const page = await open()
  expect(page.text()).toContain('19/20 = 95 %')
  explain.mockResolvedValueOnce({ ...base, facts: [rated('c')], facts_next: null })
  await page.find('.more button').trigger('click')
  await flushPromises()
  expect(explain).toHaveBeenLastCalledWith({ region: 'test', position: 7 }, { limit: 50, cursor: 'c2' })
  expect(page.text()).toContain('已列出 3 / 20')
})

it('is no dead end when there is no such entry', async () => {
  explain.mockRejectedValue(new ApiError(404, {}))
  const page = await open()
  expect(page.text()).toContain('账本里没有第 7 条')
  expect(page.find('a[href="/board"]').exists()).toBe(true)
})
