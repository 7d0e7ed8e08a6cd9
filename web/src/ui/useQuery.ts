// The address bar holds the state of a page: what is read from it and what is written to it.
import { useRoute, useRouter, type LocationQueryRaw } from 'vue-router'

export function useQuery() {
  const route = useRoute()
  const router = useRouter()

  function read(name: string): string {
    const value = route.query[name]
    return (Array.isArray(value) ? value[0] : value) ?? ''
  }

  /** Writes parameters; an empty one leaves the address. */
  function write(changes: Record<string, string>): void {
    const query: LocationQueryRaw = { ...route.query }
    for (const [name, value] of Object.entries(changes)) {
      if (value === '') delete query[name]
      else query[name] = value
    }
    void router.push({ query, hash: route.hash })
  }

  return { read, write }
}

/** Leaves empty parameters out of a link. */
export function compact(query: Record<string, string | null | undefined>): Record<string, string> {
  return Object.fromEntries(Object.entries(query).filter((pair): pair is [string, string] => pair[1] !== null && pair[1] !== undefined && pair[1] !== ''))
}
