import { ref } from 'vue'
import { api } from '@/api/client'
import { ensureRegion, region } from '@/api/region'
import { account, asker } from '@/api/session'
import { useLoad } from '@/api/useLoad'

/** What was made and is shown this once: it is kept nowhere, and gone when the page is left. */
export interface Secret {
  kind: 'password' | 'key'
  name: string
  text: string
}

export function useAccess() {
  const load = useLoad(asker, async (signal) => {
    const { key } = await ensureRegion(signal)
    if ((account.value?.role ?? key.role) !== 'administrator') return null
    const [accounts, keys, committee] = await Promise.all([api.accounts(signal), api.keys(signal), api.committee(signal)])
    return { accounts: accounts.items, keys: keys.items, committee }
  })
  const secret = ref<Secret | null>(null)
  const may = () => (account.value?.role ?? region.value?.key.role) === 'administrator'
  return { ...load, secret, may }
}
