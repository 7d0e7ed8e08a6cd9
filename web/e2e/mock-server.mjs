// A dev fixture: serves web/dist and canned JSON of the API contract, without a database. Deterministic, invented data.
//   node e2e/mock-server.mjs [port]        keys: demo · empty (no data yet) · broken (500 on reads) · slow (2 s per answer)
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { extname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'

const port = Number(process.argv[2] ?? 4173)
const dist = fileURLToPath(new URL('../dist/', import.meta.url))
const REGION = 'donghu'

let seed = 20261123
const random = () => ((seed = (seed * 1103515245 + 12345) % 2147483648) / 2147483648)
const hex = (text) => createHash('sha256').update(text).digest('hex')
const pad = (n) => String(n).padStart(2, '0')

const names = '王岚 李承泽 周敏 陈思远 赵雨桐 孙启明 吴佳宁 郑凯 冯晓 何静怡 高远航 林沐 罗一鸣 梁诗韵 宋词 唐婉 许知行 韩雪 邓超群 曹文轩 彭越 曾莉 萧然 田甜 董浩 潘虹 袁野 蔡琳 蒋欣 余欢水 于洋 杜鹃 叶青 程诺 魏来 苏畅 吕梁 丁宁 沈冰 任重 姚远 卢松 傅雷 钟声 姜文静 崔健 谭咏 廖凡 范伟 汪洋 陆毅 金晨 石磊 贾玲 韦唯 夏雨 付笛 方圆'.split(' ')
const units = ['社保', '税务', '公安', '市监', '不动产', '医保', '人社', '住建', '公积金', '民政']
const rules = [
  ['counter-service', '办理时长：每件不超过 20 分钟', 'Service time: up to 20 minutes each', 'efficiency', 'person', null, '每件办理不超过 20 分钟加 5 分，超过 20 分钟至 30 分钟不加不扣，超过 30 分钟扣 3 分。', 'Each service of up to 20 minutes gives 5 points; above 20 and up to 30 minutes nothing; above 30 minutes takes 3 points.'],
  ['satisfaction-day', '当日满意率', 'Satisfaction of the day', 'quality', 'person', 'day', '当日主动评价满 5 件，满意率不低于 95 % 加 10 分，低于 90 % 扣 5 分。', 'With at least 5 active ratings in a day, 95% satisfied or more gives 10 points, less than 90% takes 5.'],
  ['first-pass', '一次通过率', 'First-time pass rate', 'quality', 'person', 'month', '当月办结满 20 件，一次通过率高于 95 % 加 5 分。', 'With at least 20 cases in a month, a first-time pass rate above 95% gives 5 points.'],
  ['suggestion', '流程建议被采纳', 'Suggestion adopted', 'innovation', 'person', null, '每条被采纳的流程建议加 15 分。', 'Each adopted suggestion gives 15 points.'],
  ['sharing', '数据共享', 'Data shared', 'collaboration', 'department', null, '每次数据共享，提供方和使用方各加 2 分。', 'Each sharing of data gives 2 points to both sides.'],
].map(([id, title, title_en, dimension, subject, period, sentence_zh, sentence_en]) => ({ id, title, title_en, dimension, subject, period, sentence_zh, sentence_en }))

const region = {
  code: REGION, name: '东湖市政务服务中心', time_zone: 'Asia/Shanghai', head_position: 1284073, simulated: true, without_approval: true, recalculating: false,
  first_date: '2026-09-01', last_date: '2026-11-23',
  halls: [{ code: 'main', name: '便民服务大厅' }],
  dimensions: [['efficiency', '效率', 'Efficiency'], ['quality', '质量', 'Quality'], ['innovation', '创新', 'Innovation'], ['collaboration', '协同', 'Collaboration']].map(([code, zh, en]) => ({ code, zh, en })),
  rules, key: { name: '林主任', role: 'manager', person: null, permissions: ['region.read', 'catalogue.read', 'rules.read', 'effect.read', 'sums.read', 'board.read', 'points.read', 'subject.search', 'case.read', 'suspect.read', 'hall.read', 'screen.read', 'live.follow', 'quality.read', 'quarantine.read', 'hold.judge', 'identity.decide', 'rules.try', 'draft.propose'] },
}

const decimal = (n) => String(Math.round(n * 10) / 10)
const sum = (d) => Object.values(d).reduce((a, b) => a + Number(b), 0)
function row(code, name, actor_kind, window, department, k) {
  const services = Math.max(3, 150 - k * 2 - Math.floor(random() * 20))
  const dimensions = {
    efficiency: decimal((services * 2.6 - k) - (k > 50 ? services * 3.1 : 0)), quality: decimal(Math.floor(random() * 5) * 10 - (k % 7 === 3 ? 15 : 0)),
    innovation: decimal(k % 6 === 1 ? 15 : 0), collaboration: decimal(k % 3 === 0 ? 4.5 : 0),
  }
  const provisional = random() < 0.5 ? (random() < 0.8 ? 10 : -5) : 0
  const points = sum(dimensions)
  return { rank: null, subject: code, name, actor_kind, window, department, points: decimal(points), own_points: decimal(points), members_points: '0', posted: decimal(points - provisional), provisional: decimal(provisional), facts: services + 9, services, points_per_service: (points / services).toFixed(2), sufficient: true, dimensions }
}
function board(subject, dimension, rule) {
  seed = 20261123 + subject.length
  let items
  if (subject === 'person') {
    items = names.map((name, k) => row(`P${pad(1001 + k)}`, name, 'person', `${units[k % 10]} ${pad(1 + (k % 11))}`, units[k % 10] + '局', k))
    items[7] = { ...items[6], subject: 'P1008', name: names[7] }
    items[12] = { ...items[11], subject: 'P1013', name: names[12] }
    items[13] = { ...items[11], subject: 'P1014', name: names[13] }
  } else {
    const count = subject === 'hall' ? 1 : subject === 'department' ? 10 : 24
    items = Array.from({ length: count }, (_, k) => {
      const code = subject === 'hall' ? 'main' : subject === 'department' ? units[k] + '局' : `${units[k % 10]} ${pad(1 + k)}`
      const one = row(code, subject === 'hall' ? '便民服务大厅' : code, null, null, null, k * 2)
      return { ...one, own_points: decimal(k % 4 === 0 ? 24 : 2), members_points: decimal(Number(one.points) - (k % 4 === 0 ? 24 : 2)) }
    })
  }
  if (dimension || rule) {
    const only = dimension || rules.find((r) => r.id === rule)?.dimension
    if (!only || rule === 'sharing') return []
    items = items.map((item) => ({ ...item, points: item.dimensions[only], posted: item.dimensions[only], provisional: '0', dimensions: Object.fromEntries(Object.keys(item.dimensions).map((d) => [d, d === only ? item.dimensions[d] : '0'])) }))
  }
  items.sort((a, b) => Number(b.points) - Number(a.points))
  items.forEach((item, k) => { item.rank = k > 0 && items[k - 1].points === item.points ? items[k - 1].rank : k + 1 })
  if (subject === 'person') {
    for (const item of items.slice(-2)) Object.assign(item, { rank: null, sufficient: false, facts: 4, services: 3 })
    items.splice(1, 0, { ...row('admin2', 'admin2', 'system', null, null, 0), points: '1402.5', rank: null, sufficient: true })
    items.push({ ...row('UNKNOWN', 'UNKNOWN', 'unknown', null, null, 30), rank: null })
    items.splice(28, 0, { ...items[27], subject: 'P=2+3', name: '=HYPERLINK("x")', rank: items[27].rank })
  }
  return items
}

const days = (from, count) => Array.from({ length: count }, (_, k) => new Date(Date.parse(from) + k * 864e5).toISOString().slice(0, 10))
const version = hex('rules-2026-11')

function entry(position, over = {}) {
  const k = 1284073 - position
  const rule = over.rule ?? (k % 9 === 4 ? rules[1] : k % 23 === 11 ? rules[3] : rules[0])
  const points = rule.id === 'suggestion' ? '15' : rule.period ? (k % 2 ? '10' : '-5') : k % 8 === 2 ? '-3' : '5'
  const business_date = over.date ?? new Date(Date.parse('2026-11-23') - Math.floor(k / 8) * 864e5).toISOString().slice(0, 10)
  const kind = over.kind ?? 'award'
  return {
    region: REGION, position, kind, rule: rule.id, rule_title: rule.title, rule_title_en: rule.title_en, dimension: rule.dimension, version, band: 0, subject_kind: 'person', subject: 'P1001', subject_name: '王岚',
    points: over.points ?? points, business_date, booked_month: over.booked ?? business_date.slice(0, 7), anchor: rule.period ? `period:${rule.period === 'day' ? business_date : business_date.slice(0, 7)}` : `fact:${hex('f' + position)}`, anchor_kind: rule.period ? 'period' : 'fact',
    person: 'P1001', window: '社保 07', department: '社保局', hall: 'main', reverses: over.reverses ?? null, digest: hex('e' + position), fact_kind: rule.period ? null : rule.id === 'suggestion' ? 'suggestion' : 'service',
  }
}
const special = { 1284070: { kind: 'clamp', points: '-7' }, 1284066: { kind: 'reversal', points: '3', reverses: 1284063 }, 1284060: { kind: 'adjustment', points: '-2', booked: '2026-11', date: '2026-10-30' } }
const entryAt = (position) => entry(position, special[position])

function field(name, zh, en, type, value, duration = false, not_evaluable = null) { return { name, zh, en, type, duration, value, not_evaluable } }
function serviceFact(position, minutesLong) {
  const start = Date.parse('2026-11-23T09:01:03+08:00')
  const held = minutesLong ? 190000 : 0
  const service = minutesLong ? 2041000 : 1037000
  const stamp = (ms) => new Date(ms + 8 * 36e5).toISOString().replace('.000Z', '+08:00')
  const ev = (n, type, at, data = {}) => ({ position: 3120400 + n, source: 'urn:hall:main:queue', id: String(88213 + n), type: `jifen.${type}`, time: stamp(at), received_at: stamp(at + 1000), digest: hex(`ev${position}${n}`), data: { ticket: 'A017', window: '社保 07', ...data } })
  const events = [ev(0, 'queue.taken', start - 451000, { matter: '社会保险登记' }), ev(6, 'queue.called', start - 51000), ev(17, 'service.started', start, { service: 'S-88230', person: 'P1001' })]
  if (held) events.push(ev(20, 'service.held', start + 600000, { service: 'S-88230' }), ev(22, 'service.resumed', start + 600000 + held, { service: 'S-88230' }))
  events.push(ev(27, 'service.ended', start + service + held, { service: 'S-88230' }))
  return {
    id: hex('f' + position), kind: 'service', digest: hex('fd' + position), occurred_at: stamp(start), date: '2026-11-23', matter: 'SB-01', matter_name: '社会保险登记', channel: 'window', person: 'P1001', person_name: '王岚', window: '社保 07', department: '社保局', hall: 'main', held: null,
    fields: [field('service_ms', '办理时长', 'service time', 'integer', String(service), true), field('waiting_ms', '等候时长', 'waiting time', 'integer', '400000', true), field('held_ms', '暂停时长', 'time on hold', 'integer', String(held), true), field('recalls', '重呼次数', 'recalls', 'integer', '0'), field('transfers', '转号次数', 'transfers', 'integer', '0')],
    events,
  }
}
function ratingFact(k) {
  const at = `2026-11-22T${pad(9 + Math.floor(k / 4))}:${pad((k * 13) % 60)}:00+08:00`
  return {
    id: hex('r' + k), kind: 'rating', digest: hex('rd' + k), occurred_at: at, date: '2026-11-22', matter: null, channel: null, person: 'P1001', person_name: '王岚', window: '社保 07', department: '社保局', hall: 'main', held: null,
    fields: [field('level', '评价等级', 'level', 'integer', k === 7 ? '2' : '5'), field('active', '主动评价', 'active rating', 'boolean', 'true'), field('satisfied', '满意', 'satisfied', 'boolean', String(k !== 7)), field('device', '评价设备', 'device', 'text', null, false, '来源没有设备编号')],
    events: [{ position: 3119000 + k, source: 'urn:hall:main:rating', id: `R-${7100 + k}`, type: 'jifen.rating.submitted', time: at, received_at: at, digest: hex('rv' + k), data: { level: k === 7 ? 2 : 5, active: true, device: null } }],
  }
}
function explanation(position, cursor) {
  if (position > 1284073 || position < 1283000) return null
  const e = entryAt(position)
  const rule = rules.find((r) => r.id === e.rule)
  const long = e.points === '-3'
  const chosen = e.rule === 'counter-service' ? (long ? 2 : 0) : e.points === '-5' ? 2 : 0
  const bands = {
    'counter-service': [['不超过 20 分钟', 'up to 20 min', '5'], ['20 分钟以上至 30 分钟', 'above 20, up to 30 min', '0'], ['超过 30 分钟', 'above 30 min', '-3']],
    'satisfaction-day': [['不低于 95 %', '95% or more', '10'], ['90 % 至不足 95 %', '90% to below 95%', '0'], ['不足 90 %', 'below 90%', '-5']],
  }[e.rule] ?? []
  const period = e.anchor_kind === 'period'
  const all = period ? Array.from({ length: 20 }, (_, k) => ratingFact(k)) : null
  const from = cursor ? Number(cursor) : 0
  const facts = period ? all.slice(from, from + 12) : e.rule === 'suggestion' ? [{ ...ratingFact(1), kind: 'suggestion', fields: [field('level', '采纳级别', 'level of adoption', 'text', '大厅')] }] : [serviceFact(position, long)]
  return {
    entry: e,
    rule: { id: rule.id, title: rule.title, title_en: rule.title_en, dimension: rule.dimension, sentence_zh: rule.sentence_zh, sentence_en: rule.sentence_en, set: 'starter', set_title: '《窗口积分办法》2026-11 版', version, effective_from: '2026-11-01', effective_to: null, without_approval: true, approval: null, bands: bands.map(([zh, en, points], index) => ({ index, zh, en, points, chosen: index === chosen })) },
    measure: period ? { zh: '满意率', en: 'satisfaction', value: e.points === '10' ? '19/20' : '17/20', unit: '' } : e.rule === 'suggestion' ? null : { zh: '办理时长', en: 'service time', value: long ? '2041000' : '1037000', unit: 'ms' },
    weight: null, remarks: [], facts, facts_total: period ? 20 : 1, facts_next: period && from + 12 < 20 ? String(from + 12) : null,
    reversed_by: position === 1284063 ? 1284066 : null,
    related: position === 1284063 ? [entryAt(1284066)] : position === 1284071 ? [entryAt(1284070)] : [],
    checks: { entry_digest: true, facts_digest: true, records: position !== 1284065 },
  }
}

function subject(kind, code, period) {
  const found = board(kind).find((item) => item.subject === code)
  if (!found) return null
  const monthly = days('2026-11-01', 23).filter((d) => ![0, 6].includes(new Date(d).getUTCDay()))
  seed = code.length * 77
  const { window, department, subject: _code, ...rest } = found
  const half = (x) => decimal(Number(found.dimensions[x]))
  return {
    region: REGION, kind, code, period, as_of_position: 1284073, ...rest,
    rules: [
      { rule: 'counter-service', title: rules[0].title, title_en: rules[0].title_en, dimension: 'efficiency', points: half('efficiency'), posted: half('efficiency'), provisional: '0', facts: found.services },
      { rule: 'satisfaction-day', title: rules[1].title, title_en: rules[1].title_en, dimension: 'quality', points: decimal(Number(found.dimensions.quality) - 5), posted: decimal(Number(found.dimensions.quality) - 5 - Number(found.provisional)), provisional: found.provisional, facts: 96 },
      { rule: 'first-pass', title: rules[2].title, title_en: rules[2].title_en, dimension: 'quality', points: '5', posted: '5', provisional: '0', facts: 61 },
      { rule: 'suggestion', title: rules[3].title, title_en: rules[3].title_en, dimension: 'innovation', points: half('innovation'), posted: half('innovation'), provisional: '0', facts: 1 },
      { rule: 'sharing', title: rules[4].title, title_en: rules[4].title_en, dimension: 'collaboration', points: half('collaboration'), posted: half('collaboration'), provisional: '0', facts: 2 },
    ],
    trend: period.length === 10 ? [{ date: period, points: '43' }] : monthly.map((date, k) => ({ date, points: decimal(k === 6 ? -9 : 8 + Math.floor(random() * 34)) })),
    rule_changes: [{ date: '2026-11-09', set: 'starter', version: hex('v2'), title: '2026-11 版第 1 次修订' }],
  }
}

function problem(status, code, title, title_en, detail) {
  return { status, body: { type: `urn:jifen:problem:${code}`, title, title_en, status, detail, code, request_id: hex(code).slice(0, 16), pointers: [] } }
}
const ok = (body) => ({ status: 200, body })
function page(items, query, size) {
  const from = Number(query.get('cursor') ?? 0)
  const limit = Math.min(Number(query.get('limit') ?? size), size)
  return { items: items.slice(from, from + limit), next: from + limit < items.length ? String(from + limit) : null }
}

function answer(path, query, key) {
  if (!['demo', 'empty', 'broken', 'slow'].includes(key)) return problem(401, 'key_unknown', '密钥无效', 'The key is not valid', null)
  if (path === '/api/v1/region') return ok(key === 'empty' ? { ...region, head_position: 0, first_date: null, last_date: null, simulated: false } : region)
  if (key === 'broken') return problem(500, 'storage', '读取数据库失败', 'The database could not be read', 'disk I/O error')
  if (path === '/api/v1/leaderboard') {
    const period = query.get('period')
    const items = key === 'empty' || period < '2026-09' ? [] : board(query.get('subject'), query.get('dimension'), query.get('rule'))
    return ok({ region: REGION, subject: query.get('subject'), period, as_of_position: 1284073, ...page(items, query, 40) })
  }
  let m
  if ((m = /^\/api\/v1\/subjects\/([^/]+)\/([^/]+)$/.exec(path))) {
    const found = subject(m[1], decodeURIComponent(m[2]), query.get('period') ?? 'all')
    return found ? ok(found) : problem(404, 'subject_unknown', '没有这个对象', 'No such subject', null)
  }
  if ((m = /^\/api\/v1\/entries\/([^/]+)\/(\d+)$/.exec(path))) {
    const found = m[1] === REGION ? explanation(Number(m[2]), query.get('cursor')) : null
    return found ? ok(found) : problem(404, 'entry_unknown', '账本没有这一条', 'The ledger has no such entry', null)
  }
  if (path === '/api/v1/entries') {
    const all = Array.from({ length: 140 }, (_, k) => entryAt(1284073 - k)).filter((e) => (!query.get('rule') || e.rule === query.get('rule')) && (!query.get('dimension') || e.dimension === query.get('dimension')))
    return ok(page(all, query, 40))
  }
  if (path === '/api/v1/search') {
    const q = query.get('q')
    const people = names.map((name, k) => ({ kind: 'person', code: `P${1001 + k}`, name })).filter((p) => p.name.includes(q) || p.code.includes(q))
    return ok({ items: people.slice(0, 8) })
  }
  return problem(404, 'not_found', '没有这个地址', 'No such address', null)
}

const TYPES = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml' }
createServer(async (request, response) => {
  const url = new URL(request.url, 'http://localhost')
  if (url.pathname.startsWith('/api/')) {
    const key = (request.headers.authorization ?? '').replace('Bearer ', '')
    if (key === 'slow') await new Promise((done) => setTimeout(done, 2000))
    const { status, body } = answer(url.pathname, url.searchParams, key)
    response.writeHead(status, { 'content-type': status === 200 ? 'application/json' : 'application/problem+json' })
    return response.end(JSON.stringify(body))
  }
  const file = join(dist, normalize(url.pathname))
  for (const candidate of extname(file) ? [file] : [join(dist, 'index.html')]) {
    try {
      const content = await readFile(candidate)
      response.writeHead(200, { 'content-type': TYPES[extname(candidate)] ?? 'application/octet-stream', 'content-security-policy': "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:" })
      return response.end(content)
    } catch { /* answered below */ }
  }
  response.writeHead(404).end('not found')
}).listen(port, '127.0.0.1', () => console.log(`http://127.0.0.1:${port}/board#key=demo   region ${REGION}`))
