// Small samples of the contract for tests; every field has a value, a test names only what it is about.
import type { Entry, Explanation, Fact, FactField, LeaderboardItem, Region, SourceEvent } from './api/types'

export function item(over: Partial<LeaderboardItem> = {}): LeaderboardItem {
  return {
    rank: 1, band: null, rank_change: null, trend: [], subject: 'P1', name: '王岚', actor_kind: 'person', window: 'W7', window_name: '7 号窗口', department: 'D1', department_name: '公安', points: '10', own_points: '10', members_points: '0',
    posted: '10', provisional: '0', facts: 30, services: 20, points_per_service: '0.50', sufficient: true, trainee: false,
    dimensions: { efficiency: '10', quality: '0', innovation: '0', collaboration: '0' }, ...over,
  }
}

export function number(name: string, value: string | null, over: Partial<FactField> = {}): FactField {
  return { name, zh: name, en: name, type: 'integer', duration: name.endsWith('_ms'), value, not_evaluable: null, ...over }
}

export function event(type: string, time: string): SourceEvent {
  return { position: 1, source: 'urn:test', id: type, type: `jifen.${type}`, time, received_at: time, digest: 'ab'.repeat(32), data: {} }
}

export function fact(over: Partial<Fact> = {}): Fact {
  return {
    id: 'f'.repeat(64), kind: 'service', type_zh: null, type_en: null, digest: 'd'.repeat(64), occurred_at: '2026-11-23T09:06:00+08:00', date: '2026-11-23', matter: null, matter_name: null, channel: null,
    person: 'P1', person_name: '王岚', window: 'W7', department: 'D1', hall: 'main', held: null, fields: [], events: [], ...over,
  }
}

export function entry(over: Partial<Entry> = {}): Entry {
  return {
    region: 'test', position: 7, kind: 'award', rule: 'service', rule_title: '办理时长', rule_title_en: 'Service time', dimension: 'efficiency', version: 'c'.repeat(64),
    band: 0, subject_kind: 'person', subject: 'P1', subject_name: '王岚', points: '5', business_date: '2026-11-23', booked_month: '2026-11', anchor: 'fact:ff',
    anchor_kind: 'fact', person: 'P1', window: 'W7', window_name: '7 号窗口', department: 'D1', department_name: '公安', hall: 'main', reverses: null, digest: 'e'.repeat(64), fact_kind: 'service', ...over,
  }
}

export function explanation(over: Partial<Explanation> = {}): Explanation {
  return {
    entry: entry(),
    rule: {
      id: 'service', title: '办理时长', title_en: 'Service time', dimension: 'efficiency', sentence_zh: '不超过 20 分钟加 5 分。', sentence_en: 'Up to 20 minutes gives 5.', set: 'starter',
      set_title: '试行办法', version: 'c'.repeat(64), effective_from: '2026-11-01', effective_to: null, without_approval: true, approval: null,
      bands: [
        { index: 0, zh: '不超过 20 分钟', en: 'up to 20 min', points: '5', chosen: true },
        { index: 1, zh: '超过 30 分钟', en: 'above 30 min', points: '-3', chosen: false },
      ],
    },
    measure: { zh: 'service_ms', en: 'service_ms', value: '1037000', words_zh: '17 分 17 秒', words_en: '17 min 17 s', unit: 'ms' },
    weight: null, remarks: [],
    facts: [fact({ fields: [number('service_ms', '1037000'), number('steps', null, { not_evaluable: '日历缺 2031 年' })], events: [event('service.ended', '2026-11-23T09:18:20+08:00')] })],
    facts_total: 1, facts_next: null, reversed_by: null, related: [], clocks: [], checks: { entry_digest: true, facts_digest: true, records: true }, ...over,
  }
}

export function regionOf(over: Partial<Region> = {}): Region {
  return {
    code: 'test', name: '测试区', time_zone: 'Asia/Shanghai', head_position: 9, simulated: false, without_approval: true, recalculating: false, first_date: '2026-09-01',
    last_date: '2026-11-23', halls: [{ code: 'main', name: '大厅' }], dimensions: [], rules: [], key: { name: '测试', role: 'staff', person: null, permissions: ['region.read', 'sums.read', 'board.read', 'points.read', 'subject.search', 'hall.read', 'rules.read', 'effect.read', 'quality.read', 'case.read', 'suspect.read'] }, ...over,
  }
}

/** Makes the window as wide as a phone, or a desk. */
export function pretendPhone(phone: boolean): void {
  window.matchMedia = ((query: string) => ({
    matches: phone && query.includes('max-width'), media: query, addEventListener: () => undefined, removeEventListener: () => undefined,
  })) as unknown as typeof window.matchMedia
}
