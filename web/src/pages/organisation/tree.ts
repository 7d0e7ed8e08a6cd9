// The flat lists of the organisation as a tree: region → halls → departments → windows → people. What has no place of its own hangs
// where it is known to belong, and under nothing where that is not known.
import type { Organisation } from '@/api/types'

type Window = Organisation['windows'][number]
type Member = Organisation['people'][number]
type Assignment = Organisation['assignments'][number]

export interface WindowNode {
  window: Window
  assignments: Assignment[]
  /** Who belongs to it. */
  people: Member[]
}

export interface DepartmentNode {
  /** `null`: what belongs to no department. */
  code: string | null
  name: string
  windows: WindowNode[]
  /** Who belongs to the department and to none of its windows. */
  people: Member[]
}

export interface HallNode {
  /** `null`: what belongs to no hall, or to one that is not shown. */
  code: string | null
  name: string
  departments: DepartmentNode[]
  count: number
}

const matches = (wanted: string, ...texts: (string | null | undefined)[]) => wanted === '' || texts.some((text) => text?.toLowerCase().includes(wanted))

/** `wanted`: only what has this text in its code or name, with all it stands under. */
export function treeOf(organisation: Organisation, wanted = ''): HallNode[] {
  const find = wanted.trim().toLowerCase()
  const halls = new Map<string | null, HallNode>()
  const hall = (code: string | null) => {
    const known = organisation.halls.find((one) => one.code === code)
    const key = known ? known.code : null
    const found = halls.get(key) ?? { code: key, name: known?.name ?? '', departments: [], count: 0 }
    halls.set(key, found)
    return found
  }
  const department = (of: HallNode, code: string | null) => {
    const known = organisation.departments.find((one) => one.code === code)
    const key = known ? known.code : null
    let found = of.departments.find((one) => one.code === key)
    if (found === undefined) of.departments.push((found = { code: key, name: known?.name ?? '', windows: [], people: [] }))
    return found
  }
  if (find === '') {
    for (const one of organisation.halls) hall(one.code)
    for (const one of organisation.departments) department(hall(one.hall), one.code)
  }
  const windows = new Map(organisation.windows.map((one) => [one.code, one]))
  for (const window of organisation.windows) {
    const assignments = organisation.assignments.filter((one) => one.window === window.code)
    const people = organisation.people.filter((one) => one.window === window.code)
    const above = organisation.departments.find((one) => one.code === window.department)
    const seen = [window, above, ...people].some((one) => one && matches(find, one.code, one.name)) || assignments.some((one) => matches(find, one.person, one.name)) || matches(find, window.zone)
    if (seen) department(hall(window.hall), window.department).windows.push({ window, assignments, people })
  }
  for (const person of organisation.people) {
    if (person.window !== null && windows.has(person.window)) continue
    if (matches(find, person.code, person.name)) department(hall(person.hall), person.department).people.push(person)
  }
  for (const one of halls.values()) {
    one.count = one.departments.reduce((sum, each) => sum + each.people.length + each.windows.reduce((all, { people }) => all + people.length, 0), 0)
    one.departments.sort((a, b) => Number(a.code === null) - Number(b.code === null))
  }
  return [...halls.values()].sort((a, b) => Number(a.code === null) - Number(b.code === null))
}
