// What is announced to whoever is signed in, asked for once and again after it changed: every page shows it above.
import { shallowRef } from 'vue'
import { api } from './client'
import type { Announcement } from './types'

/** Those that stand, newest first; `null` until they were asked for. */
export const announcements = shallowRef<readonly Announcement[] | null>(null)

export async function loadAnnouncements(): Promise<void> {
  announcements.value = (await api.announcements({ standing: true })).items
}
