// What changes, as it changes: one stream for the whole app. It goes on from its position after a cut, so nothing is missed.
import { onScopeDispose, shallowRef, watch } from 'vue'
import { refused } from './client'
import { loadRegion, region } from './region'
import type { components } from './schema'
import { asker, key } from './session'

export type LiveChange = components['schemas']['LiveChange']

/** `off`: nobody follows. `opening`: not yet. `live`: connected. `cut`: the data shown are as of `asOf`. */
export type LiveState = 'off' | 'opening' | 'live' | 'cut'

/** The region a page follows that may not load it: the big screen says which. */
export const stage = shallowRef<string | null>(null)
const followed = () => region.value?.code ?? stage.value

export const liveState = shallowRef<LiveState>('off')
/** When the server was last heard of. */
export const asOf = shallowRef<string | null>(null)

/** What a follower hears: a change, or `null` when everything must be read again. */
export type Heard = (change: LiveChange | null) => void

const FIRST_WAIT_MS = 500
const LONGEST_WAIT_MS = 15_000
/** The server says something every 15 seconds; a line that is silent for longer is dead. */
const SILENCE_MS = 40_000

const followers = new Set<Heard>()
let position: number | null = null
let running: AbortController | null = null

export interface Message {
  event: string
  id: string
  data: string
}

/** Cuts a stream of server-sent events into messages; what is not yet whole stays. */
export function takeMessages(text: string): { messages: Message[]; rest: string } {
  const parts = text.split('\n\n')
  const rest = parts.pop() ?? ''
  const messages = parts.map((part) => {
    const message: Message = { event: 'message', id: '', data: '' }
    for (const line of part.split('\n')) {
      const colon = line.indexOf(':')
      const [name, value] = [line.slice(0, colon), line.slice(colon + 1).replace(/^ /, '')]
      if (name === 'event' || name === 'id' || name === 'data') message[name] = value
    }
    return message
  })
  return { messages, rest }
}

/** How long to wait before trying again: twice as long each time, and never all clients at once. */
export function waitMs(failures: number, random: number): number {
  const longest = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** failures)
  return longest / 2 + (random * longest) / 2
}

function tell(change: LiveChange | null): void {
  for (const heard of followers) heard(change)
}

/** Says whether the server ended it for good. */
function take(message: Message): boolean {
  if (message.id !== '') position = Number(message.id)
  asOf.value = new Date().toISOString()
  if (message.event === 'change') tell(JSON.parse(message.data) as LiveChange)
  if (message.event === 'resync') tell(null)
  return message.event === 'end'
}

/** Reads one connection to its end; true when there is no use in another. */
async function read(signal: AbortSignal, alive: () => void): Promise<boolean> {
  const after = position === null ? '' : `?after=${position}`
  const headers: Record<string, string> = { accept: 'text/event-stream' }
  if (key.value !== null) headers.authorization = `Bearer ${key.value}`
  const response = await fetch(`/api/v1/live${after}`, { headers, signal, cache: 'no-store' })
  if (response.status === 401) refused()
  if (response.status === 401 || response.status === 403) return true
  if (!response.ok || response.body === null) return false
  liveState.value = 'live'
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader()
  let text = ''
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return false
    alive()
    const { messages, rest } = takeMessages(text + value)
    text = rest
    for (const message of messages) {
      if (!take(message)) continue
      // Asking once says whether it was the session that ended; who is refused is led to sign in.
      await loadRegion(signal).catch(() => undefined)
      return true
    }
  }
}

async function run(mine: AbortController): Promise<void> {
  let failures = 0
  liveState.value = 'opening'
  while (!mine.signal.aborted) {
    const connection = new AbortController()
    const stop = () => connection.abort()
    mine.signal.addEventListener('abort', stop)
    let silence = setTimeout(stop, SILENCE_MS)
    const alive = () => {
      failures = 0
      clearTimeout(silence)
      silence = setTimeout(stop, SILENCE_MS)
    }
    const over = await read(connection.signal, alive).catch(() => false)
    clearTimeout(silence)
    mine.signal.removeEventListener('abort', stop)
    if (mine.signal.aborted) return
    liveState.value = 'cut'
    if (over) return
    const wait = waitMs(failures, Math.random())
    failures += 1
    await new Promise((resolve) => setTimeout(resolve, wait))
  }
}

function settle(): void {
  const wanted = followers.size > 0 && followed() !== null
  if (wanted && running === null) {
    running = new AbortController()
    void run(running)
  } else if (!wanted && running !== null) {
    running.abort()
    running = null
    position = null
    liveState.value = 'off'
  }
}

// Another region or key is another stream.
watch([followed, asker], () => {
  running?.abort()
  running = null
  position = null
  settle()
})

/** Follows what changes as long as the component lives. */
export function useLive(heard: Heard): void {
  followers.add(heard)
  settle()
  onScopeDispose(() => {
    followers.delete(heard)
    settle()
  })
}
