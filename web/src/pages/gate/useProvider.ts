import { ref, shallowRef } from 'vue'
import { useRoute, useRouter } from 'vue-router'
import { beginProvider, signInWays } from '@/api/client'

/** Where to go on after the provider has sent the browser back; kept in this tab. */
const BACK = 'jifen.back'

export interface ProviderAnswer {
  state: string
  code?: string
  iss?: string
  error?: string
}

/** Signing in by an identity provider: leaves for its page, and finds its answer in the address when it comes back. */
export function useProvider(one: (value: unknown) => string) {
  const route = useRoute()
  const router = useRouter()
  const title = ref<string | null>(null)
  const answer = shallowRef<ProviderAnswer | null>(null)

  const state = one(route.query.state)
  if (state !== '') {
    const { code, iss, error } = { code: one(route.query.code), iss: one(route.query.iss), error: one(route.query.error) }
    answer.value = { state, ...(code === '' ? {} : { code }), ...(iss === '' ? {} : { iss }), ...(error === '' ? {} : { error }) }
    // What counts once does not stay in the address.
    void router.replace({ query: {} })
  }
  signInWays().then(
    (ways) => (title.value = ways.provider),
    // Whoever cannot be asked is told so by signing in.
    () => (title.value = null),
  )

  async function leave(to: string): Promise<void> {
    const { address } = await beginProvider()
    sessionStorage.setItem(BACK, to)
    location.assign(address)
  }

  function back(): string {
    const to = sessionStorage.getItem(BACK) ?? ''
    sessionStorage.removeItem(BACK)
    return to
  }

  return { title, answer, leave, back }
}
