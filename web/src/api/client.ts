import createClient from 'openapi-fetch'
import type { paths } from './schema'
import type { Problem } from './types'
import { key } from './session'

const client = createClient<paths>({ baseUrl: typeof location === 'undefined' ? '' : location.origin })

client.use({
  onRequest({ request }) {
    if (key.value !== null) request.headers.set('authorization', `Bearer ${key.value}`)
    return request
  },
})

/** What went wrong, in one shape: the server's problem document, or the network's silence (`status` 0). */
export class ApiError extends Error {
  readonly status: number
  readonly problem: Partial<Problem>

  constructor(status: number, problem: Partial<Problem>) {
    super(problem.title ?? `HTTP ${status}`)
    this.name = 'ApiError'
    this.status = status
    this.problem = problem
  }
}

type Answer<T> = { data?: T; error?: unknown; response: Response }

let onRefused: (() => void) | null = null
/** Called whenever the server answers 401. */
export function whenRefused(callback: () => void): void {
  onRefused = callback
}

async function unwrap<T>(request: Promise<Answer<T>>): Promise<T> {
  let answer: Answer<T>
  try {
    answer = await request
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error
    throw new ApiError(0, {})
  }
  const { data, error, response } = answer
  if (response.ok && data !== undefined) return data
  if (response.status === 401) onRefused?.()
  throw new ApiError(response.status, typeof error === 'object' && error !== null ? (error as Partial<Problem>) : {})
}

type Query<P extends keyof paths> = paths[P] extends { get: { parameters: { query?: infer Q } } } ? NonNullable<Q> : never

export const api = {
  region: (signal?: AbortSignal) => unwrap(client.GET('/api/v1/region', { signal })),
  leaderboard: (query: Query<'/api/v1/leaderboard'>, signal?: AbortSignal) =>
    unwrap(client.GET('/api/v1/leaderboard', { params: { query }, signal })),
  subject: (
    path: paths['/api/v1/subjects/{kind}/{code}']['get']['parameters']['path'],
    query: Query<'/api/v1/subjects/{kind}/{code}'>,
    signal?: AbortSignal,
  ) => unwrap(client.GET('/api/v1/subjects/{kind}/{code}', { params: { path, query }, signal })),
  entries: (query: Query<'/api/v1/entries'>, signal?: AbortSignal) =>
    unwrap(client.GET('/api/v1/entries', { params: { query }, signal })),
  explanation: (
    path: paths['/api/v1/entries/{region}/{position}']['get']['parameters']['path'],
    query: Query<'/api/v1/entries/{region}/{position}'>,
    signal?: AbortSignal,
  ) => unwrap(client.GET('/api/v1/entries/{region}/{position}', { params: { path, query }, signal })),
  effect: (query: Query<'/api/v1/effect'>, signal?: AbortSignal) => unwrap(client.GET('/api/v1/effect', { params: { query }, signal })),
  now: (query: Query<'/api/v1/now'>, signal?: AbortSignal) => unwrap(client.GET('/api/v1/now', { params: { query }, signal })),
  nowServices: (query: Query<'/api/v1/now/services'>, signal?: AbortSignal) =>
    unwrap(client.GET('/api/v1/now/services', { params: { query }, signal })),
  nowWindows: (query: Query<'/api/v1/now/windows'>, signal?: AbortSignal) =>
    unwrap(client.GET('/api/v1/now/windows', { params: { query }, signal })),
  nowCases: (query: Query<'/api/v1/now/cases'>, signal?: AbortSignal) =>
    unwrap(client.GET('/api/v1/now/cases', { params: { query }, signal })),
  nowRatings: (query: Query<'/api/v1/now/ratings'>, signal?: AbortSignal) =>
    unwrap(client.GET('/api/v1/now/ratings', { params: { query }, signal })),
  rules: (query: Query<'/api/v1/rules'>, signal?: AbortSignal) => unwrap(client.GET('/api/v1/rules', { params: { query }, signal })),
  search: (q: string, signal?: AbortSignal) => unwrap(client.GET('/api/v1/search', { params: { query: { q } }, signal })),
}
