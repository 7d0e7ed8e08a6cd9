import { onScopeDispose, shallowRef, watch, type ShallowRef, type WatchSource } from 'vue'

export interface Load<T> {
  data: ShallowRef<T | null>
  error: ShallowRef<unknown>
  busy: ShallowRef<boolean>
  reload: () => Promise<void>
}

/**
 * Loads whenever a source changes; an answer that is no longer asked for is dropped.
 * The last data stays while new data is on its way, so that the page does not jump, and goes when the new request fails.
 */
export function useLoad<T>(source: WatchSource<unknown>, load: (signal: AbortSignal) => Promise<T>): Load<T> {
  const data: ShallowRef<T | null> = shallowRef(null)
  const error: ShallowRef<unknown> = shallowRef(null)
  const busy = shallowRef(true)
  let running: AbortController | null = null

  async function reload(): Promise<void> {
    running?.abort()
    const mine = (running = new AbortController())
    busy.value = true
    try {
      const loaded = await load(mine.signal)
      if (running !== mine) return
      data.value = loaded
      error.value = null
    } catch (cause) {
      if (running !== mine) return
      data.value = null
      error.value = cause
    }
    busy.value = false
  }

  watch(source, () => void reload(), { immediate: true })
  onScopeDispose(() => {
    running?.abort()
    running = null
  })
  return { data, error, busy, reload }
}
