import { computed, ref } from 'vue'
import { ApiError, api } from '@/api/client'
import { account, asker } from '@/api/session'
import type { SecondFactorSecret } from '@/api/types'
import { useLoad } from '@/api/useLoad'
import { useText } from '@/locales'

type Said = 'codeWrong' | 'codeWait' | 'failed'

/** The second step of signing in: off, begun, on. */
export function useFactor() {
  const { t } = useText()
  const { data: factor, error, busy: loading, reload } = useLoad(asker, (signal) => api.factor(signal))
  const secret = ref<SecondFactorSecret | null>(null)
  const codes = ref<readonly string[]>([])
  const code = ref('')
  const busy = ref(false)
  const said = ref<Said | null>(null)
  const seconds = ref(1)
  const message = computed(() => (said.value === null ? '' : t(`account.factor.${said.value}`, { seconds: seconds.value })))

  async function run(act: () => Promise<void>): Promise<void> {
    busy.value = true
    said.value = null
    try {
      await act()
    } catch (cause) {
      const failure = cause instanceof ApiError ? cause : null
      seconds.value = failure?.retryAfter ?? 1
      // Who did not prove who they are knows it.
      said.value =
        failure?.problem.code === 'proof_needed' ? null
        : failure?.problem.code === 'code_wrong' ? 'codeWrong'
        : failure?.problem.code === 'too_many_codes' ? 'codeWait'
        : 'failed'
    }
    busy.value = false
  }

  function tell(isOn: boolean): void {
    if (account.value) account.value = { ...account.value, second_factor: isOn }
  }

  const begin = () =>
    run(async () => {
      codes.value = []
      secret.value = await api.enrolFactor()
    })
  const confirm = () =>
    run(async () => {
      codes.value = (await api.confirmFactor(code.value)).codes
      secret.value = null
      code.value = ''
      tell(true)
      await reload()
    })
  const renew = () =>
    run(async () => {
      codes.value = (await api.renewRecoveryCodes()).codes
      await reload()
    })
  const remove = () =>
    run(async () => {
      await api.removeFactor()
      codes.value = []
      tell(false)
      await reload()
    })
  function giveUp(): void {
    secret.value = null
    code.value = ''
    said.value = null
  }

  return { factor, error, loading, reload, secret, codes, code, busy, message, begin, confirm, renew, remove, giveUp }
}
