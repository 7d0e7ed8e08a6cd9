import { onScopeDispose, shallowRef, watch, type ShallowRef, type WatchSource } from 'vue'

export interface Poll<T> {
  data: ShallowRef<T | null>
  /** Why there is no data at all. */
  error: ShallowRef<unknown>
  /** The last try failed; `data` is older than it should be. */
  stale: ShallowRef<boolean>
  reload: () => Promise<void>
}

/** Longest pause between tries while the server does not answer. */
const PAUSE_MS_MAX = 30_000

/**
 * Loads whenever a source changes, then again and again. What was read stays when a later try fails: a screen on a wall must not go
 * blank with the network. Nothing is asked while the page is hidden, and the pauses grow while nobody answers.
 */
export function usePoll<T>(source: WatchSource<unknown>, load: (signal: AbortSignal) => Promise<T>, everyMs: number): Poll<T> {
  const data: ShallowRef<T | null> = shallowRef(null)
  const error: ShallowRef<unknown> = shallowRef(null)
  const stale = shallowRef(false)
  let running: AbortController | null = null
  let timer: ReturnType<typeof setTimeout> | undefined
  let failures = 0

  async function reload(): Promise<void> {
    clearTimeout(timer)
    running?.abort()
    const mine = (running = new AbortController())
    try {
      const loaded = await load(mine.signal)
      if (running !== mine) return
      data.value = loaded
      error.value = null
      stale.value = false
      failures = 0
    } catch (cause) {
      if (running !== mine) return
      failures += 1
      if (data.value === null) error.value = cause
      else stale.value = true
    }
    if (!document.hidden) timer = setTimeout(() => void reload(), Math.min(everyMs * 2 ** Math.min(failures, 4), Math.max(everyMs, PAUSE_MS_MAX)))
  }

  const shown = () => void (document.hidden ? clearTimeout(timer) : reload())
  document.addEventListener('visibilitychange', shown)
  watch(
    source,
    () => {
      data.value = null
      void reload()
    },
    { immediate: true },
  )
  onScopeDispose(() => {
    document.removeEventListener('visibilitychange', shown)
    clearTimeout(timer)
    running?.abort()
    running = null
  })
  return { data, error, stale, reload }
}
