// Who asks: the key of this tab, or the account that signed in. The key comes in the fragment (`#key=…`), which no server or log
// ever sees, and stays in the tab's own storage; an account's session is in a cookie that scripts cannot read.
import { computed, shallowRef } from 'vue'
import type { SignedIn } from './types'

const STORED = 'jifen.key'

function read(): string | null {
  try {
    return sessionStorage.getItem(STORED)
  } catch {
    return null // storage switched off: the key then lives as long as the page
  }
}

export const key = shallowRef<string | null>(read())

export function setKey(value: string | null): void {
  key.value = value
  if (value !== null) account.value = undefined // the key is what asks now
  try {
    if (value === null) sessionStorage.removeItem(STORED)
    else sessionStorage.setItem(STORED, value)
  } catch {
    /* see read() */
  }
}

/** The key in a fragment, or null. */
export function keyOfFragment(hash: string): string | null {
  const value = new URLSearchParams(hash.replace(/^#/, '')).get('key')
  return value === null || value.trim() === '' ? null : value.trim()
}

/** Takes the key out of the address bar; call before the router reads the address. */
export function takeKeyFromAddress(): void {
  const found = keyOfFragment(location.hash)
  if (found === null) return
  setKey(found)
  history.replaceState(history.state, '', location.pathname + location.search)
}

/** The account that is signed in; null: none; undefined: not asked yet. A key, where there is one, is what asks. */
export const account = shallowRef<SignedIn | null | undefined>(undefined)

/** Changes whenever somebody else asks. */
export const asker = computed(() => (key.value !== null ? `key:${key.value}` : `session:${account.value?.session ?? ''}`))
