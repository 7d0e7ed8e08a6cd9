import createClient from 'openapi-fetch'
import type { paths } from './schema'
import type { AskWhatIf, HoldJudgement, Identification, Problem, SignedIn } from './types'
import { askProof, wantsProof } from './proof'
import { account, key } from './session'

const client = createClient<paths>({ baseUrl: typeof location === 'undefined' ? '' : location.origin })

/** What changes something, as it was sent: a body can be read once. */
const sent = new Map<string, Request>()

client.use({
  onRequest({ request, id }) {
    if (key.value !== null) request.headers.set('authorization', `Bearer ${key.value}`)
    if (request.method !== 'GET') sent.set(id, request.clone())
    return request
  },
  async onResponse({ response, id }) {
    const again = sent.get(id)
    sent.delete(id)
    if (again === undefined || !(await wantsProof(response)) || !(await askProof())) return response
    return fetch(again)
  },
  onError({ id }) {
    sent.delete(id)
  },
})

/** What went wrong, in one shape: the server's problem document, or the network's silence (`status` 0). */
export class ApiError extends Error {
  readonly status: number
  readonly problem: Partial<Problem>
  /** Seconds after which there is use in trying again. */
  readonly retryAfter: number | null

  constructor(status: number, problem: Partial<Problem>, retryAfter: number | null = null) {
    super(problem.title ?? `HTTP ${status}`)
    this.name = 'ApiError'
    this.status = status
    this.problem = problem
    this.retryAfter = retryAfter
  }
}

type Answer<T> = { data?: T; error?: unknown; response: Response }

let onRefused: (() => void) | null = null
/** Called whenever the server answers 401. */
export function whenRefused(callback: () => void): void {
  onRefused = callback
}

/** Tells of a 401 that did not come by `api`. */
export function refused(): void {
  onRefused?.()
}

/** `quiet`: a 401 is an answer like any other. */
async function settle<T>(request: Promise<Answer<T>>, quiet = false): Promise<T | undefined> {
  let answer: Answer<T>
  try {
    answer = await request
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error
    throw new ApiError(0, {})
  }
  const { data, error, response } = answer
  if (response.ok) return data
  if (response.status === 401 && !quiet) onRefused?.()
  const wait = Number(response.headers.get('retry-after') ?? Number.NaN)
  const problem = typeof error === 'object' && error !== null ? (error as Partial<Problem>) : {}
  throw new ApiError(response.status, problem, Number.isFinite(wait) ? wait : null)
}

async function unwrap<T>(request: Promise<Answer<T>>, quiet = false): Promise<T> {
  const data = await settle(request, quiet)
  if (data === undefined) throw new ApiError(502, {})
  return data
}

/** A file as the body of a request, as it is. */
const whole = (file: Blob) => ({ body: file as never, bodySerializer: (body: unknown) => body as Blob, headers: { 'content-type': 'application/octet-stream' } })

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
  neighbours: (query: Query<'/api/v1/neighbours'>, signal?: AbortSignal) =>
    unwrap(client.GET('/api/v1/neighbours', { params: { query }, signal })),
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
  ruleReach: (version: string, signal?: AbortSignal) => unwrap(client.GET('/api/v1/rules/{version}/reach', { params: { path: { version } }, signal })),
  ruleText: (version: string, signal?: AbortSignal) => unwrap(client.GET('/api/v1/rules/{version}', { params: { path: { version } }, signal })),
  settlement: (query: Query<'/api/v1/settlement'>, signal?: AbortSignal) =>
    unwrap(client.GET('/api/v1/settlement', { params: { query }, signal })),
  audit: (query: Query<'/api/v1/audit'>, signal?: AbortSignal) => unwrap(client.GET('/api/v1/audit', { params: { query }, signal })),
  auditChain: (signal?: AbortSignal) => unwrap(client.GET('/api/v1/audit/chain', { signal })),
  writeDraft: (body: Body<'/api/v1/drafting'>) => unwrap(client.POST('/api/v1/drafting', { body })),
  draftVocabulary: (signal?: AbortSignal) => unwrap(client.GET('/api/v1/drafting/vocabulary', { signal })),
  draftLibrary: (signal?: AbortSignal) => unwrap(client.GET('/api/v1/drafting/library', { signal })),
  libraryBook: (name: string) => unwrap(client.GET('/api/v1/drafting/library/{name}', { params: { path: { name } } })),
  readTable: (name: string, table: Blob) => unwrap(client.POST('/api/v1/drafting/table', { params: { query: { name } }, ...whole(table) })),
  askWhatIf: (body: AskWhatIf) => unwrap(client.POST('/api/v1/whatifs', { body })),
  whatIfs: (signal?: AbortSignal) => unwrap(client.GET('/api/v1/whatifs', { signal })),
  whatIf: (id: number, signal?: AbortSignal) => unwrap(client.GET('/api/v1/whatifs/{id}', { params: { path: { id } }, signal })),
  cancelWhatIf: (id: number) => settle(client.DELETE('/api/v1/whatifs/{id}', { params: { path: { id } } })),
  committee: (signal?: AbortSignal) => unwrap(client.GET('/api/v1/committee', { signal })),
  addMember: (body: Body<'/api/v1/committee/members'>, key: string) =>
    unwrap(client.POST('/api/v1/committee/members', { body, params: { header: { 'idempotency-key': key } } })),
  drafts: (signal?: AbortSignal) => unwrap(client.GET('/api/v1/drafts', { signal })),
  draft: (digest: string, signal?: AbortSignal) => unwrap(client.GET('/api/v1/drafts/{digest}', { params: { path: { digest } }, signal })),
  putUpDraft: (body: Body<'/api/v1/drafts'>, key: string) => unwrap(client.POST('/api/v1/drafts', { body, params: { header: { 'idempotency-key': key } } })),
  sayOfDraft: (digest: string, what: 'approvals' | 'approval_withdrawals' | 'withdrawals', reason: string, key: string) =>
    unwrap(client.POST(`/api/v1/drafts/{digest}/${what}`, { body: { reason }, params: { path: { digest }, header: { 'idempotency-key': key } } })),
  opine: (digest: string, opinion: string, key: string) =>
    unwrap(client.POST('/api/v1/drafts/{digest}/opinions', { body: { opinion }, params: { path: { digest }, header: { 'idempotency-key': key } } })),
  publicDrafts: (region: string, signal?: AbortSignal) => unwrap(client.GET('/api/v1/public/{region}/drafts', { params: { path: { region } }, signal })),
  opinePublicly: (region: string, digest: string, opinion: string) =>
    settle(client.POST('/api/v1/public/{region}/drafts/{digest}/opinions', { body: { opinion }, params: { path: { region, digest } } })),
  current: (signal?: AbortSignal) => unwrap(client.GET('/api/v1/sessions/current', { signal }), true),
  reasons: (query: Query<'/api/v1/reasons'>, signal?: AbortSignal) => unwrap(client.GET('/api/v1/reasons', { params: { query }, signal })),
  sessions: (signal?: AbortSignal) => unwrap(client.GET('/api/v1/sessions', { signal })),
  endSession: (number: number) => settle(client.DELETE('/api/v1/sessions/{number}', { params: { path: { number } } })),
  factor: (signal?: AbortSignal) => unwrap(client.GET('/api/v1/accounts/factor', { signal })),
  enrolFactor: () => unwrap(client.POST('/api/v1/accounts/factor')),
  // A wrong code is an answer: nobody is signed out for it.
  confirmFactor: (code: string) => unwrap(client.POST('/api/v1/accounts/factor/confirmation', { body: { code } }), true),
  renewRecoveryCodes: () => unwrap(client.POST('/api/v1/accounts/factor/recovery_codes')),
  removeFactor: () => settle(client.DELETE('/api/v1/accounts/factor')),
  removeFactorOf: (name: string) => settle(client.DELETE('/api/v1/accounts/{name}/factor', { params: { path: { name } } })),
  prove: (body: Body<'/api/v1/sessions/current/proof'>) => settle(client.POST('/api/v1/sessions/current/proof', { body }), true),
  accounts: (signal?: AbortSignal) => unwrap(client.GET('/api/v1/accounts', { signal })),
  organisation: (query: Query<'/api/v1/organisation'>, signal?: AbortSignal) => unwrap(client.GET('/api/v1/organisation', { params: { query }, signal })),
  posts: (query: Query<'/api/v1/posts'>, signal?: AbortSignal) => unwrap(client.GET('/api/v1/posts', { params: { query }, signal })),
  dictionaries: (signal?: AbortSignal) => unwrap(client.GET('/api/v1/dictionaries', { signal })),
  policy: (signal?: AbortSignal) => unwrap(client.GET('/api/v1/policy', { signal })),
  organisationChanges: (signal?: AbortSignal) => unwrap(client.GET('/api/v1/organisation/changes', { signal })),
  rehearseChanges: (body: Body<'/api/v1/organisation/rehearsals'>) => unwrap(client.POST('/api/v1/organisation/rehearsals', { body })),
  changeOrganisation: (body: Body<'/api/v1/organisation/changes'>, key: string) =>
    unwrap(client.POST('/api/v1/organisation/changes', { body, params: { header: { 'idempotency-key': key } } })),
  readOrganisation: (on: string, table: Blob) => unwrap(client.POST('/api/v1/organisation/imports', { params: { query: { on } }, ...whole(table) })),
  announcements: (query: Query<'/api/v1/announcements'>, signal?: AbortSignal) => unwrap(client.GET('/api/v1/announcements', { params: { query }, signal })),
  placeAnnouncement: (body: Body<'/api/v1/announcements'>) => unwrap(client.POST('/api/v1/announcements', { body })),
  withdrawAnnouncement: (number: number, body: { reason: string }) =>
    unwrap(client.POST('/api/v1/announcements/{number}/withdrawal', { params: { path: { number } }, body })),
  approvals: (signal?: AbortSignal) => unwrap(client.GET('/api/v1/approvals', { signal })),
  askGrant: (body: Body<'/api/v1/approvals/grants'>) => unwrap(client.POST('/api/v1/approvals/grants', { body })),
  askClosing: (body: Body<'/api/v1/approvals/closings'>) => unwrap(client.POST('/api/v1/approvals/closings', { body })),
  decideGrant: (number: number, body: Body<'/api/v1/approvals/grants/{number}'>) => unwrap(client.POST('/api/v1/approvals/grants/{number}', { params: { path: { number } }, body })),
  decideClosing: (number: number, body: Body<'/api/v1/approvals/closings/{number}'>) => unwrap(client.POST('/api/v1/approvals/closings/{number}', { params: { path: { number } }, body })),
  askKey: (body: Body<'/api/v1/approvals/keys'>) => unwrap(client.POST('/api/v1/approvals/keys', { body })),
  askUnmasking: (body: Body<'/api/v1/approvals/unmaskings'>) => unwrap(client.POST('/api/v1/approvals/unmaskings', { body })),
  rehearseCorrection: (body: Body<'/api/v1/approvals/corrections/rehearsals'>) => unwrap(client.POST('/api/v1/approvals/corrections/rehearsals', { body })),
  askCorrection: (body: Body<'/api/v1/approvals/corrections'>) => unwrap(client.POST('/api/v1/approvals/corrections', { body })),
  decideCorrection: (number: number, body: Body<'/api/v1/approvals/corrections/{number}'>) =>
    unwrap(client.POST('/api/v1/approvals/corrections/{number}', { params: { path: { number } }, body })),
  decideKey: (number: number, body: Body<'/api/v1/approvals/keys/{number}'>) => unwrap(client.POST('/api/v1/approvals/keys/{number}', { params: { path: { number } }, body })),
  decideUnmasking: (number: number, body: Body<'/api/v1/approvals/unmaskings/{number}'>) =>
    unwrap(client.POST('/api/v1/approvals/unmaskings/{number}', { params: { path: { number } }, body })),
  addAccount: (body: Body<'/api/v1/accounts'>) => unwrap(client.POST('/api/v1/accounts', { body })),
  resetAccount: (name: string) => unwrap(client.POST('/api/v1/accounts/{name}/password', { params: { path: { name } } })),
  disableAccount: (name: string) => settle(client.POST('/api/v1/accounts/{name}/disabling', { params: { path: { name } } })),
  grantRole: (name: string, body: Body<'/api/v1/accounts/{name}/grants'>) => unwrap(client.POST('/api/v1/accounts/{name}/grants', { params: { path: { name } }, body })),
  revokeRole: (name: string, number: number, reason: string) =>
    settle(client.POST('/api/v1/accounts/{name}/grants/{number}/revocation', { params: { path: { name, number } }, body: { reason } })),
  keys: (signal?: AbortSignal) => unwrap(client.GET('/api/v1/keys', { signal })),
  addKey: (body: Body<'/api/v1/keys'>) => unwrap(client.POST('/api/v1/keys', { body })),
  signingKeys: (signal?: AbortSignal) => unwrap(client.GET('/api/v1/signing_keys', { signal })),
  addSigningKey: (body: Body<'/api/v1/signing_keys'>) => unwrap(client.POST('/api/v1/signing_keys', { body })),
  addSigningSecret: (name: string) => unwrap(client.POST('/api/v1/signing_keys/{name}/secrets', { params: { path: { name } } })),
  removeSigningSecret: (name: string, number: number) =>
    settle(client.DELETE('/api/v1/signing_keys/{name}/secrets/{number}', { params: { path: { name, number } } })),
  removeKey: (name: string) => settle(client.DELETE('/api/v1/keys/{name}', { params: { path: { name } } })),
  caseFile: (code: string, signal?: AbortSignal) => unwrap(client.GET('/api/v1/cases/{code}', { params: { path: { code } }, signal })),
  serviceFile: (key: string, signal?: AbortSignal) => unwrap(client.GET('/api/v1/services/{key}', { params: { path: { key } }, signal })),
  quality: (signal?: AbortSignal) => unwrap(client.GET('/api/v1/data_quality', { signal })),
  unknownCodes: (query: Query<'/api/v1/unknown_codes'>, signal?: AbortSignal) => unwrap(client.GET('/api/v1/unknown_codes', { params: { query }, signal })),
  holds: (query: Query<'/api/v1/holds'>, signal?: AbortSignal) => unwrap(client.GET('/api/v1/holds', { params: { query }, signal })),
  quarantine: (query: Query<'/api/v1/quarantine'>, signal?: AbortSignal) => unwrap(client.GET('/api/v1/quarantine', { params: { query }, signal })),
  identify: (body: Identification, key: string) =>
    unwrap(client.POST('/api/v1/identifications', { body, params: { header: { 'idempotency-key': key } } })),
  judgeHold: (fact: string, body: HoldJudgement, key: string) =>
    unwrap(client.POST('/api/v1/holds/{fact}/judgements', { body, params: { path: { fact }, header: { 'idempotency-key': key } } })),
  mend: (number: number, body: { event: Record<string, unknown> }) =>
    unwrap(client.POST('/api/v1/quarantine/{number}/mending', { body, params: { path: { number } } })),
  setAside: (number: number, body: { reason: string }) =>
    settle(client.POST('/api/v1/quarantine/{number}/setting_aside', { body, params: { path: { number } } })),
  unmask: (number: number, body: { reason: string }) =>
    unwrap(client.POST('/api/v1/quarantine/{number}/unmasking', { body, params: { path: { number } } })),
  screen: (query: Query<'/api/v1/screen'>, signal?: AbortSignal) => unwrap(client.GET('/api/v1/screen', { params: { query }, signal })),
  publicRegions: (signal?: AbortSignal) => unwrap(client.GET('/api/v1/public', { signal })),
  publicPage: (region: string, signal?: AbortSignal) => unwrap(client.GET('/api/v1/public/{region}', { params: { path: { region } }, signal })),
  search: (q: string, signal?: AbortSignal) => unwrap(client.GET('/api/v1/search', { params: { query: { q } }, signal })),
}

type Body<P extends '/api/v1/announcements' | '/api/v1/approvals/corrections' | '/api/v1/approvals/corrections/rehearsals' | '/api/v1/approvals/corrections/{number}' | '/api/v1/approvals/keys' | '/api/v1/approvals/unmaskings' | '/api/v1/approvals/keys/{number}' | '/api/v1/approvals/unmaskings/{number}' | '/api/v1/organisation/rehearsals' | '/api/v1/organisation/changes' | '/api/v1/sessions' | '/api/v1/sessions/provider/answer' | '/api/v1/approvals/grants' | '/api/v1/approvals/closings' | '/api/v1/approvals/grants/{number}' | '/api/v1/approvals/closings/{number}' | '/api/v1/sessions/current/proof' | '/api/v1/accounts/password' | '/api/v1/accounts' | '/api/v1/accounts/{name}/grants' | '/api/v1/keys' | '/api/v1/signing_keys' | '/api/v1/committee/members' | '/api/v1/drafts' | '/api/v1/drafting'> = paths[P]['post']['requestBody']['content']['application/json']

/** Asks once whose session the cookie is; later calls know. */
export async function askAccount(): Promise<SignedIn | null> {
  if (account.value === undefined) {
    account.value = await api.current().catch((error: unknown) => {
      // Silence is no answer: ask again next time.
      if (error instanceof ApiError && error.status >= 400 && error.status < 500) return null
      throw error
    })
  }
  return account.value
}

export async function signIn(body: Body<'/api/v1/sessions'>): Promise<SignedIn> {
  return (account.value = await unwrap(client.POST('/api/v1/sessions', { body }), true))
}

/** Ways to sign in beside a password. */
export const signInWays = () => unwrap(client.GET('/api/v1/sign_in'), true)

/** Where signing in by the provider goes on. */
export const beginProvider = () => unwrap(client.POST('/api/v1/sessions/provider'), true)

/** Hands on what the provider sent back with the browser. */
export async function endProvider(body: Body<'/api/v1/sessions/provider/answer'>): Promise<SignedIn> {
  return (account.value = await unwrap(client.POST('/api/v1/sessions/provider/answer', { body }), true))
}

export async function signOut(): Promise<void> {
  await settle(client.DELETE('/api/v1/sessions/current'), true)
  account.value = null
}

export async function changePassword(body: Body<'/api/v1/accounts/password'>): Promise<SignedIn> {
  return (account.value = await unwrap(client.POST('/api/v1/accounts/password', { body })))
}

/** As what the server writes a list. */
export type FileFormat = 'xlsx' | 'csv' | 'json'

/** A file of what a page lists, made by the server from the same reading. */
async function file(path: string, query: Record<string, string | number | undefined>): Promise<Blob> {
  const given = Object.entries(query).filter((pair): pair is [string, string | number] => pair[1] !== undefined && pair[1] !== '')
  const parameters = new URLSearchParams(given.map(([name, value]) => [name, String(value)]))
  const headers: Record<string, string> = key.value === null ? {} : { authorization: `Bearer ${key.value}` }
  const answer = fetch(`${path}?${parameters}`, { headers, cache: 'no-store' }).then(async (response) =>
    response.ok ? { data: await response.blob(), response } : { error: await response.json().catch(() => ({})), response },
  )
  return unwrap<Blob>(answer)
}

export const saveBoard = (query: Query<'/api/v1/leaderboard'>) => file('/api/v1/leaderboard', { ...query, format: 'xlsx' })
export const saveEntries = (query: Query<'/api/v1/entries'>, format: FileFormat) => file('/api/v1/entries', { ...query, format })
export const saveSettlement = (query: Query<'/api/v1/settlement'>, format: FileFormat) => file('/api/v1/settlement', { ...query, format })
export const saveTemplate = (query: Query<'/api/v1/organisation/template'>) => file('/api/v1/organisation/template', query)
/** Everything that is kept of who asks. */
export const saveOwnData = (format: FileFormat, lang: Query<'/api/v1/accounts/data'>['lang']) => file('/api/v1/accounts/data', { format, lang: lang ?? undefined })
export const saveAudit = (query: Query<'/api/v1/audit'>, format: FileFormat) => file('/api/v1/audit', { ...query, format })
