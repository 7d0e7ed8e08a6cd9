import { computed, onScopeDispose, shallowRef, watch } from 'vue'
import { api } from '@/api/client'
import { liveState, stage, useLive } from '@/api/live'
import type { Screen } from '@/api/types'
import { usePoll } from '@/api/usePoll'
import { formatClock } from '@/domain/time'
import { compact, useQuery } from '@/ui/useQuery'

/** Waits go on while nothing happens: read again even then. */
const EVERY_MS = 10_000
/** However much happens, a wall is not read faster than this. */
const APART_MS = 2_000
/** Data this old are marked even if nobody has noticed a cut. */
const OLD_MS = 45_000

/** The screen of the hall in the address, kept when the network is gone, with the time of what it shows. */
export function useScreen() {
  const { read } = useQuery()
  const hall = computed(() => read('hall'))
  /** When what is shown was read, by this device's clock. */
  const readAt = shallowRef(0)
  const time = shallowRef(Date.now())
  /** The newest gain of the reading before: later ones are new to the eye. */
  const seen = shallowRef(Number.MAX_SAFE_INTEGER)

  const { data: screen, error, stale, reload } = usePoll(
    hall,
    async (signal) => {
      const shown = await api.screen(compact({ hall: hall.value }), signal)
      seen.value = screen.value?.gains[0]?.position ?? Number.MAX_SAFE_INTEGER
      readAt.value = Date.now()
      return shown
    },
    EVERY_MS,
  )
  watch(screen, (shown: Screen | null) => (stage.value = shown?.region ?? null))

  // One reading for all that changed within the time between two.
  let due: ReturnType<typeof setTimeout> | undefined
  useLive(() => {
    due ??= setTimeout(() => {
      due = undefined
      void reload()
    }, Math.max(0, readAt.value + APART_MS - Date.now()))
  })
  // Back on the line: what was missed is read at once.
  watch(liveState, (now, before) => {
    if (now === 'live' && before === 'cut') void reload()
  })
  const back = () => void reload()
  window.addEventListener('online', back)
  const tick = setInterval(() => (time.value = Date.now()), 1_000)
  onScopeDispose(() => {
    clearTimeout(due)
    clearInterval(tick)
    window.removeEventListener('online', back)
    stage.value = null
  })

  const cut = computed(() => stale.value || liveState.value === 'cut' || (readAt.value > 0 && time.value - readAt.value > OLD_MS))
  const zone = computed(() => screen.value?.time_zone ?? 'Asia/Shanghai')
  /** The hall's clock: the server's time, going on. */
  const clock = computed(() => {
    const now = screen.value === null ? null : Date.parse(screen.value.now) + Math.max(0, time.value - readAt.value)
    return now === null ? '' : formatClock(new Date(now).toISOString(), zone.value).slice(0, 5)
  })
  const asOf = computed(() => (readAt.value === 0 ? '' : formatClock(new Date(readAt.value).toISOString(), zone.value)))
  return { screen, error, cut, clock, asOf, seen, zone }
}
