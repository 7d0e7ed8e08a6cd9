import { computed, onMounted, onScopeDispose, reactive, ref } from 'vue'
import { useRoute, useRouter } from 'vue-router'
import { ApiError, endProvider, signIn } from '@/api/client'
import { loadRegion, region } from '@/api/region'
import { account, setKey } from '@/api/session'
import { useText } from '@/locales'
import { useProvider } from './useProvider'

export type Way = 'account' | 'key'
type Said = 'emptyAccount' | 'codeNeeded' | 'codeWrong' | 'codeWait' | 'empty' | 'wrong' | 'disabled' | 'wait' | 'crowded' | 'region' | 'refused' | 'expired' | 'offline' | 'failed' | 'providerSilent' | 'providerRefused' | 'directorySilent' | 'noAccount' | 'hereOnly'

const CODES: Readonly<Record<string, Said>> = {
  sign_in_failed: 'wrong',
  account_disabled: 'disabled',
  too_many_failures: 'wait',
  sign_in_busy: 'crowded',
  code_needed: 'codeNeeded',
  code_wrong: 'codeWrong',
  too_many_codes: 'codeWait',
  provider_silent: 'providerSilent',
  provider_refused: 'providerRefused',
  directory_silent: 'directorySilent',
  no_account: 'noAccount',
  here_only: 'hereOnly',
}

/** Signs in with an account, or tries a key before it lets anybody in; what was typed stays when it is refused. */
export function useGate() {
  const { t } = useText()
  const route = useRoute()
  const router = useRouter()
  const one = (value: unknown): string => (typeof value === 'string' ? value : '')
  const way = computed<Way>({
    get: () => (route.query.by === 'key' ? 'key' : 'account'),
    set: (next) => {
      said.value = null
      void router.replace({ query: { ...route.query, by: next === 'key' ? next : undefined, reason: undefined } })
    },
  })
  const form = reactive({ region: one(route.query.region), name: '', password: '', code: '', key: '' })
  /** The password was right, and the account has a second step. */
  const needsCode = ref(false)
  const manyRegions = ref(form.region !== '')
  const busy = ref(false)
  const said = ref<Said | null>(route.query.reason === 'expired' ? 'expired' : null)
  const status = ref(0)
  const seconds = ref(0)
  const message = computed(() =>
    said.value === null ? '' : t(`gate.${said.value}`, { status: status.value, seconds: seconds.value }),
  )
  const provider = useProvider(one)
  let counting: ReturnType<typeof setInterval> | undefined

  function wait(from: number): void {
    seconds.value = from
    clearInterval(counting)
    counting = setInterval(() => {
      seconds.value -= 1
      if (seconds.value > 0) return
      clearInterval(counting)
      if (said.value === 'wait' || said.value === 'codeWait') said.value = null
    }, 1000)
  }
  onScopeDispose(() => clearInterval(counting))

  async function goOn(to = one(route.query.to)): Promise<void> {
    // Only a path of this site; anything else would lead away from it.
    await router.replace(/^\/(?![/\\])/.test(to) ? to : '/board')
  }

  async function enterByKey(): Promise<void> {
    const typed = form.key.trim()
    if (typed === '') {
      said.value = 'empty'
      return
    }
    setKey(typed)
    account.value = undefined
    try {
      await loadRegion()
      await goOn()
    } catch (error) {
      setKey(null)
      status.value = error instanceof ApiError ? error.status : 0
      said.value = status.value === 401 || status.value === 403 ? 'refused' : status.value === 0 ? 'offline' : 'failed'
    }
  }

  /** Of an account that was let in by the provider, or would be. */
  async function enterByProvider(): Promise<void> {
    const answer = provider.answer.value
    if (answer === null) return
    const code = form.code.trim()
    try {
      await endProvider({ ...answer, ...(code === '' ? {} : { second_factor: code }) })
      form.code = ''
      region.value = null
      await goOn(provider.back())
    } catch (error) {
      refusedBy(error)
      if (!needsCode.value) provider.answer.value = null
    }
  }

  async function enterByAccount(): Promise<void> {
    const name = form.name.trim()
    if (name === '' || form.password === '') {
      said.value = 'emptyAccount'
      return
    }
    try {
      const where = form.region.trim()
      const code = needsCode.value ? form.code.trim() : ''
      await signIn({ name, password: form.password, ...(where === '' ? {} : { region: where }), ...(code === '' ? {} : { code }) })
      Object.assign(form, { password: '', code: '' })
      region.value = null
      await goOn()
    } catch (error) {
      refusedBy(error)
    }
  }

  function refusedBy(error: unknown): void {
    const failure = error instanceof ApiError ? error : null
    status.value = failure?.status ?? 0
    const { code = '', pointers = [] } = failure?.problem ?? {}
    if (pointers.some((pointer) => pointer.pointer === '/region')) {
      manyRegions.value = true
      said.value = 'region'
      return
    }
    said.value = CODES[code] ?? (status.value === 0 ? 'offline' : 'failed')
    // Another account, or another password: the code asked for is not theirs.
    needsCode.value = ['code_needed', 'code_wrong', 'too_many_codes'].includes(code) || (needsCode.value && !['sign_in_failed', 'provider_refused'].includes(code))
    if (code === 'code_wrong') form.code = ''
    if (said.value === 'wait' || said.value === 'codeWait') wait(failure?.retryAfter ?? 1)
  }

  async function enter(): Promise<void> {
    busy.value = true
    said.value = null
    await (way.value === 'key' ? enterByKey() : provider.answer.value === null ? enterByAccount() : enterByProvider())
    busy.value = false
  }

  async function leaveForProvider(): Promise<void> {
    busy.value = true
    said.value = null
    try {
      await provider.leave(one(route.query.to))
    } catch (error) {
      refusedBy(error)
      busy.value = false
    }
  }

  onMounted(() => {
    if (provider.answer.value !== null) void enter()
  })

  return { way, form, manyRegions, needsCode, busy, message, waiting: computed(() => said.value === 'wait' || said.value === 'codeWait'), provider: provider.title, isBack: computed(() => provider.answer.value !== null), enter, leaveForProvider }
}
