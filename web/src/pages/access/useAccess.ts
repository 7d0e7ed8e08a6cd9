import { ref } from 'vue'
import { api } from '@/api/client'
import { ensureRegion } from '@/api/region'
import { asker } from '@/api/session'
import { useLoad } from '@/api/useLoad'
import { may } from '@/ui/navigation'

/** What was made and is shown this once: it is kept nowhere, and gone when the page is left. */
export interface Secret {
  kind: 'password' | 'key'
  name: string
  text: string
}

export function useAccess() {
  const load = useLoad(asker, async (signal) => {
    await ensureRegion(signal)
    if (!may('account.read')) return null
    const [accounts, keys, committee] = await Promise.all([api.accounts(signal), may('key.read') ? api.keys(signal) : null, api.committee(signal)])
    return { accounts: accounts.items, keys: keys?.items ?? null, committee }
  })
  const secret = ref<Secret | null>(null)
  return { ...load, secret }
}
