import { computed, reactive, ref } from 'vue'
import { useRoute, useRouter } from 'vue-router'
import { ApiError, api, changePassword } from '@/api/client'
import { ensureRegion, region } from '@/api/region'
import { account, asker, key } from '@/api/session'
import { useLoad } from '@/api/useLoad'
import { useText } from '@/locales'
import { seesAllSessions, type Role } from '@/ui/navigation'

/** Fewest characters of a password; the server has the last word. */
const CHARACTERS_MIN = 12

export function useSessions() {
  const ending = ref<number | null>(null)
  const endError = ref<unknown>(null)
  // A key has no sessions of its own; an administrator's sees those of the region.
  const { data, error, busy, reload } = useLoad(asker, async (signal) => {
    if (account.value?.must_change === true) return null
    const { key: holder } = await ensureRegion(signal)
    if (key.value !== null && holder.role !== 'administrator') return null
    return (await api.sessions(signal)).items
  })

  async function end(number: number): Promise<void> {
    ending.value = number
    endError.value = null
    try {
      await api.endSession(number)
      await reload()
    } catch (cause) {
      // Gone already is what was wanted.
      if (cause instanceof ApiError && cause.status === 404) await reload()
      else endError.value = cause
    }
    ending.value = null
  }

  return { sessions: data, error, busy, reload, end, ending, endError, all: seesAllSessions }
}

type Said = 'passwordShort' | 'passwordCommon' | 'passwordSame' | 'passwordName' | 'passwordUnequal' | 'passwordWrong' | 'passwordWait' | 'passwordOffline' | 'passwordFailed'

export function usePassword() {
  const { t } = useText()
  const route = useRoute()
  const router = useRouter()
  const form = reactive({ old: '', new: '', again: '' })
  const busy = ref(false)
  const done = ref(false)
  const said = ref<Said | null>(null)
  const seconds = ref(0)
  const message = computed(() => (said.value === null ? '' : t(`account.${said.value}`, { n: CHARACTERS_MIN, seconds: seconds.value })))

  function fault(): Said | null {
    if ([...form.new].length < CHARACTERS_MIN) return 'passwordShort'
    if (form.new.toLowerCase() === account.value?.name.toLowerCase()) return 'passwordName'
    if (form.new === form.old) return 'passwordSame'
    return form.new === form.again ? null : 'passwordUnequal'
  }

  async function change(): Promise<void> {
    done.value = false
    said.value = fault()
    if (said.value !== null) return
    busy.value = true
    const given = account.value?.must_change === true
    try {
      await changePassword({ old: form.old, new: form.new })
      Object.assign(form, { old: '', new: '', again: '' })
      done.value = true
      const to = route.query.to
      if (given) await router.replace(typeof to === 'string' && /^\/(?![/\\])/.test(to) ? to : '/board')
    } catch (error) {
      const failure = error instanceof ApiError ? error : null
      seconds.value = failure?.retryAfter ?? 1
      said.value =
        failure?.status === 0 ? 'passwordOffline'
        : failure?.problem.code === 'password_wrong' ? 'passwordWrong'
        : failure?.problem.code === 'password_weak' ? 'passwordCommon'
        : failure?.problem.code === 'too_many_failures' ? 'passwordWait'
        : 'passwordFailed'
    }
    busy.value = false
  }

  return { form, busy, done, message, change }
}

/** The role of whoever asks. */
export function useHolder() {
  return computed(() => {
    const role = (account.value?.role ?? region.value?.key.role) as Role | undefined
    return role === undefined ? null : { name: account.value?.name ?? region.value?.key.name ?? '', role, person: account.value?.person ?? null }
  })
}
