// 国办函〔2026〕12号: on a phone no ranking, no sign-in duty, no count of time online. Every route of the router is opened on one, with
// answers made from the API's own document in which every rank is a number that is nowhere else, and looked through.
import { readFileSync } from 'node:fs'
import { enableAutoUnmount, flushPromises, mount } from '@vue/test-utils'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { RouterView, createMemoryHistory, createRouter } from 'vue-router'
import { region } from '@/api/region'
import { account } from '@/api/session'
import { type Locale, i18n, setLocale } from '@/locales'
import { makeRouter } from '@/router'
import { pretendPhone, regionOf } from '@/testing'

type Schema = { $ref?: string; type?: string | string[]; enum?: unknown[]; items?: Schema; properties?: Record<string, Schema>; allOf?: Schema[]; oneOf?: Schema[]; anyOf?: Schema[]; format?: string }
type Operation = { responses: Record<string, { content?: Record<string, { schema?: Schema }> }> }
const document_ = JSON.parse(readFileSync('../docs/openapi.json', 'utf8')) as { paths: Record<string, Record<string, Operation>>; components: { schemas: Record<string, Schema> } }

/** The only rank there is. */
const RANK = 7391
/** What says that somebody is placed, must sign in, or is counted while online. */
const FORBIDDEN = /名次|排名|第 ?[\d,]+ ?名|打卡|签到|在线时长|\branks?\b|\branked\b|check-?in\b|time online|7,?391/i
/** Where ranks are answered and yet asked on a phone, and never shown: one's own place, and what a draft would change. */
const UNSHOWN = ['/api/v1/subjects/{kind}/{code}', '/api/v1/whatifs', '/api/v1/drafts/{digest}', '/api/v1/public/{region}/drafts']

const resolve = (schema: Schema): Schema => (schema.$ref ? (document_.components.schemas[schema.$ref.split('/').pop() ?? ''] ?? {}) : schema)

/** Names of members of an answer, wherever they stand. */
function members(schema: Schema, seen = new Set<string>()): string[] {
  if (schema.$ref) {
    if (seen.has(schema.$ref)) return []
    seen.add(schema.$ref)
  }
  const of = resolve(schema)
  const parts = [...(of.allOf ?? []), ...(of.oneOf ?? []), ...(of.anyOf ?? []), ...(of.items ? [of.items] : []), ...Object.values(of.properties ?? {})]
  return [...Object.keys(of.properties ?? {}), ...parts.flatMap((part) => members(part, seen))]
}

function text(name: string): string {
  if (/zone/.test(name)) return 'Asia/Shanghai'
  if (/(_at|_time|^at|^time|until|begins|ends|since|received)$/.test(name)) return '2026-11-23T09:00:00+08:00'
  if (/date|^day|^from|^to$|effective|first|last|change/.test(name)) return '2026-11-23'
  if (/period|month/.test(name)) return '2026-11'
  if (/digest|version|^draft$/.test(name)) return 'ab'.repeat(32)
  return '10'
}

/** An answer of this form. */
function sample(schema: Schema, name: string, depth = 0): unknown {
  const of = resolve(schema)
  const any = of.oneOf ?? of.anyOf
  const types = Array.isArray(of.type) ? of.type : [of.type]
  if (any) return sample(any.find((one) => one.type !== 'null') ?? {}, name, depth)
  if (of.allOf) return Object.assign({}, ...of.allOf.map((part) => sample(part, name, depth)))
  if (of.enum) return of.enum[0]
  if (/rank/.test(name) && types.some((type) => type === 'integer' || type === 'number')) return RANK
  if (types.includes('array')) return depth > 6 ? [] : [sample(of.items ?? {}, name, depth + 1)]
  if (of.properties) {
    if (depth > 6 && types.includes('null')) return null
    return Object.fromEntries(Object.entries(of.properties).map(([member, part]) => [member, sample(part, member, depth + 1)]))
  }
  if (types.includes('integer') || types.includes('number')) return 3
  if (types.includes('boolean')) return true
  return types.includes('object') ? {} : text(name)
}

const patterns = Object.keys(document_.paths).map((path) => ({ path, pattern: new RegExp(`^${path.replace(/\{\w+\}/g, '[^/]+')}$`) }))
const operationOf = (url: URL) => patterns.filter(({ pattern }) => pattern.test(url.pathname)).sort((a, b) => a.path.split('{').length - b.path.split('{').length)[0]?.path
const answerOf = (path: string) => document_.paths[path]?.get?.responses['200']?.content?.['application/json']?.schema

let asked: URL[] = []
const answers = vi.hoisted(() => {
  // Before the client takes hold of it.
  const held: { fetch: (input: Request | string) => Promise<Response> } = { fetch: () => new Promise(() => undefined) }
  globalThis.fetch = ((input: Request | string) => held.fetch(input)) as typeof fetch
  return held
})
beforeEach(() => {
  asked = []
  pretendPhone(true)
  answers.fetch = async (input) => {
    const url = new URL(typeof input === 'string' ? input : input.url, 'http://hall.example')
    asked.push(url)
    const path = operationOf(url)
    const schema = path === undefined ? undefined : answerOf(path)
    if (path === '/api/v1/region') return new Response(JSON.stringify(everything()), { headers: { 'content-type': 'application/json' } })
    if (!schema) return new Promise(() => undefined)
    return new Response(JSON.stringify(sample(schema, '')), { headers: { 'content-type': 'application/json' } })
  }
})
enableAutoUnmount(afterEach)

/** Somebody who may see everything there is, and is a person of the hall. */
function everything() {
  const permissions = document_.components.schemas.Permission?.enum as ReturnType<typeof regionOf>['key']['permissions']
  return regionOf({ key: { name: 'lan', role: 'administrator', person: 'P1', permissions } })
}

/** An address of every page. */
const addresses = makeRouter()
  .getRoutes()
  .filter((route) => route.name !== undefined && route.name !== 'missing')
  .map((route) => route.path.replace(/:kind\([^)]*\)/, 'person').replace(/:list\(([^|)]*)[^)]*\)/, '$1').replace(/:digest\([^)]*\)/, 'ab'.repeat(32)).replace(/:position\([^)]*\)/, '7').replace(/:\w+(\([^)]*\))?\*?/g, 'P1'))

async function open(address: string, locale: Locale) {
  await setLocale(locale)
  region.value = everything()
  account.value = { name: 'lan', role: 'administrator', person: 'P1', must_change: false } as NonNullable<typeof account.value>
  const router = createRouter({ history: createMemoryHistory(), routes: makeRouter().getRoutes() })
  await router.push(address)
  const page = mount(RouterView, { global: { plugins: [i18n, router] }, attachTo: document.body })
  for (let turn = 0; turn < 5; turn++) await flushPromises()
  return page
}

describe('on a phone', () => {
  it('knows every page, and answers with ranks where the API has them', () => {
    expect(addresses.length).toBeGreaterThan(20)
    const ranked = Object.keys(document_.paths).filter((path) => members(answerOf(path) ?? {}).some((name) => /rank/.test(name)))
    expect(ranked).toContain('/api/v1/leaderboard')
    expect(JSON.stringify(sample(answerOf('/api/v1/leaderboard') ?? {}, ''))).toContain(String(RANK))
  })

  it.each(addresses.flatMap((address) => (['zh-CN', 'en'] as const).map((locale) => [address, locale] as const)))('%s (%s) shows and asks for no rank', async (address, locale) => {
    const page = await open(address, locale)
    const said = [page.element.parentElement?.textContent ?? '', ...[...document.querySelectorAll('[aria-label],[title]')].map((one) => `${one.getAttribute('aria-label')} ${one.getAttribute('title')}`)].join(' ')
    // The words of the notice that ranks are not shown are the only ones allowed to name them.
    const notice = document.querySelector('.own p')?.textContent ?? ''
    expect(FORBIDDEN.exec(said.replace(notice, ''))?.[0]).toBeUndefined()
    const ranking = asked.filter((url) => {
      const path = operationOf(url)
      if (path === undefined || UNSHOWN.includes(path) || url.searchParams.get('own') === 'true') return false
      return members(answerOf(path) ?? {}).some((name) => /rank/.test(name))
    })
    expect(ranking.map((url) => url.pathname + url.search)).toEqual([])
  })

  it('the API has no member that counts sign-ins, duty or time online', () => {
    const all = Object.values(document_.components.schemas).flatMap((schema) => Object.keys(schema.properties ?? {}))
    expect(all.length).toBeGreaterThan(300)
    expect(all.filter((name) => /check_?in|sign_?in_(count|days)|duty|online/.test(name))).toEqual([])
  })
})
