import { ref } from 'vue'
import { api } from '@/api/client'
import { ensureRegion } from '@/api/region'
import { asker } from '@/api/session'
import { useLoad } from '@/api/useLoad'
import { may } from '@/ui/navigation'

/** What was made and is shown this once: it is kept nowhere, and gone when the page is left. */
export interface Secret {
  kind: 'password' | 'key' | 'signing'
  name: string
  text: string
}

export function useAccess() {
  const load = useLoad(asker, async (signal) => {
    await ensureRegion(signal)
    if (!may('account.read')) return null
    const reads = may('key.read')
    const [accounts, keys, signing, committee] = await Promise.all([
      api.accounts(signal),
      reads ? api.keys(signal) : null,
      reads ? api.signingKeys(signal) : null,
      api.committee(signal),
    ])
    return { accounts: accounts.items, keys: keys?.items ?? null, signing: signing?.items ?? null, committee }
  })
  const secret = ref<Secret | null>(null)
  return { ...load, secret }
}
