// Names and texts that would be markup, that turn the direction of writing, or that are far too long: every page shows them as text,
// runs nothing of them, and keeps its width.
import { join } from 'node:path'

const MARKUP = '<img src=x onerror="window.hit=1"><script>window.hit=2</script>{{constructor}}'
const TURNING = '\u202e\u0645\u0631\u062d\u0628\u0627 \u05e9\u05dc\u05d5\u05dd'
const LONG = 'x'.repeat(500)

export async function showHostile({ browser, base, administrator, hall, day, fail, check, shots }) {
  const run = Date.now().toString(36)
  const [person, window, department] = [`${MARKUP}${run}`.slice(0, 128), `"><b>${run}`, `'--${run}`]
  const names = { person: MARKUP + TURNING + LONG, window: TURNING + MARKUP, department: LONG + MARKUP }
  const at = (minute) => new Date(Date.parse(`${day}T03:00:00Z`) + minute * 60_000).toISOString()
  const service = `<i>${run}`
  const one = { service, window, person, department, hall }
  const sent = [
    ['department', 'organisation.department', '2020-01-01T00:00:00Z', { department, hall, name: names.department }],
    ['window', 'organisation.window', '2020-01-01T00:00:00Z', { window, department, hall, zone: MARKUP, name: names.window }],
    ['person', 'organisation.person', '2020-01-01T00:00:00Z', { person, window, department, hall, person_name: names.person }],
    ['open', 'window.opened', at(0), { window, person, hall }],
    ['taken', 'queue.taken', at(1), { service, hall, department }],
    ['start', 'service.started', at(2), { ...one, activity: MARKUP }],
    ['end', 'service.ended', at(9), { ...one, activity: MARKUP }],
    ['rating', 'rating.submitted', at(10), { service, window, person, level: 1, mode: 'active', comment: MARKUP + TURNING + LONG }],
    ['complaint', 'complaint.filed', at(11), { service, person, window, category: '<u>', confirmed: true, comment: MARKUP }],
    ['wrong', 'rating.submitted', at(12), { service, level: 9, comment: `<img src=x onerror="window.hit=3">${LONG}` }],
  ]
  const body = JSON.stringify(sent.map(([id, type, time, data]) => ({ specversion: '1.0', source: `<s>${run}`, id, type: `jifen.${type}`, time, data })))
  const response = await fetch(new URL('/api/v1/events', base), { method: 'POST', headers: { authorization: `Bearer ${administrator}`, 'content-type': 'application/cloudevents-batch+json' }, body })
  const statuses = (await response.json()).results.map((result) => result.status)
  if (statuses.slice(0, -1).some((status) => status !== 'accepted') || statuses.at(-1) !== 'quarantined') fail('hostile', `the events were ${statuses}`)

  const code = encodeURIComponent
  const pages = [
    ['subject', `/subject/person/${code(person)}?period=${day}`, '.figures .main', MARKUP],
    ['window', `/subject/window/${code(window)}?period=${day}`, '.figures .main', MARKUP],
    ['department', `/subject/department/${code(department)}?period=${day}`, '.figures .main', MARKUP],
    ['service', `/service/${code(service)}`, '#main ol li', '<i>'],
    ['board', `/board?period=${day}`, '.frame tbody tr, #main .search input', null],
    ['windows', '/now/windows', '#main tbody tr', null],
    ['quarantine', '/quality?view=quarantine', '.list > li', '<s>'],
    ['cockpit', '/cockpit', '#main h1', null],
  ]
  for (const [size, width, height] of [['desk', 1280, 900], ['phone', 390, 844]]) {
    const context = await browser.newContext({ viewport: { width, height }, isMobile: width < 500, hasTouch: width < 500, reducedMotion: 'reduce' })
    const page = await context.newPage()
    await page.goto(`${base}/account#key=${code(administrator)}`)
    for (const [name, path, sign, wanted] of pages) {
      const where = `hostile-${name}-${size}`
      await page.goto(base + path)
      await page.waitForSelector(sign, { timeout: 10_000 }).catch(() => fail(where, `no ${sign}`))
      // What an image that is none would have started runs after the paint.
      await page.waitForTimeout(150)
      if (await page.evaluate(() => 'hit' in globalThis)) fail(where, 'a text was run')
      if ((await page.locator('#main img[src="x"], #main script').count()) > 0) fail(where, 'a text became markup')
      if (wanted !== null && size === 'desk' && !(await page.evaluate(() => document.body.innerText)).includes(wanted)) fail(where, 'the text is not shown as it is')
      const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
      if (over > 1) fail(where, `the page is ${over} px too wide`)
      await check(page, where)
      if (shots) await page.screenshot({ path: join(shots, `${where}.png`) })
    }
    await context.close()
  }
}
