// The region the key belongs to; loaded once and looked at again now and then for the head position.
import { shallowRef } from 'vue'
import { api } from './client'
import type { Region } from './types'

export const region = shallowRef<Region | null>(null)

export async function loadRegion(signal?: AbortSignal): Promise<Region> {
  const loaded = await api.region(signal)
  region.value = loaded
  return loaded
}

export async function ensureRegion(signal?: AbortSignal): Promise<Region> {
  return region.value ?? (await loadRegion(signal))
}
