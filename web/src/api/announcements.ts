// What is announced to whoever is signed in, asked for once and again after it changed: every page shows it above.
import { shallowRef } from 'vue'
import { api } from './client'
import type { Announcement } from './types'

/** Newest first; `null` until it was asked for. */
export const announcements = shallowRef<readonly Announcement[] | null>(null)

export async function loadAnnouncements(signal?: AbortSignal): Promise<readonly Announcement[]> {
  announcements.value = (await api.announcements(signal)).items
  return announcements.value
}
