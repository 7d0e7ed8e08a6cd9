import { computed, ref } from 'vue'
import { useRoute, useRouter } from 'vue-router'
import { ApiError } from '@/api/client'
import { loadRegion } from '@/api/region'
import { setKey } from '@/api/session'
import { useText } from '@/locales'

type Said = 'empty' | 'refused' | 'expired' | 'offline' | 'failed'

/** Tries the key before it lets anybody in; what was typed stays when it is refused. */
export function useGate() {
  const { t } = useText()
  const route = useRoute()
  const router = useRouter()
  const text = ref('')
  const busy = ref(false)
  const said = ref<Said | null>(route.query.reason === 'expired' ? 'expired' : null)
  const status = ref(0)
  const message = computed(() => (said.value === null ? '' : t(`gate.${said.value}`, { status: status.value })))

  async function enter(): Promise<void> {
    const typed = text.value.trim()
    if (typed === '') {
      said.value = 'empty'
      return
    }
    busy.value = true
    setKey(typed)
    try {
      await loadRegion()
      const to = route.query.to
      // Only a path of this site; anything else would lead away from it.
      await router.replace(typeof to === 'string' && /^\/(?!\/)/.test(to) ? to : '/board')
    } catch (error) {
      setKey(null)
      status.value = error instanceof ApiError ? error.status : 0
      said.value = status.value === 401 || status.value === 403 ? 'refused' : status.value === 0 ? 'offline' : 'failed'
    }
    busy.value = false
  }

  return { text, busy, message, enter }
}
