// A draft of the rules: written, refused with the place of its fault, tried, answered; and what a phone shows of the answer.
import { join } from 'node:path'

const LOOKS = [
  ['zh', 'zh-CN', 'light'],
  ['en', 'en', 'dark'],
]

export async function tryDraft({ browser, base, key, staff, lastDate, fail, check, noRank, shots }) {
  // Days on which the rules in force are the same from the first to the last.
  const first = new Date(Date.parse(lastDate) - 14 * 86_400_000).toISOString().slice(0, 10)
  let where = 'whatif'
  const shot = async (page, name) => {
    await check(page, name)
    if (shots) await page.screenshot({ path: join(shots, `${name}.png`), fullPage: true })
  }
  let answered = ''
  for (const [look, locale, colorScheme] of LOOKS) {
    where = `whatif-${look}`
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, colorScheme, reducedMotion: 'reduce' })
    await context.addInitScript((value) => localStorage.setItem('jifen.locale', value), locale)
    const page = await context.newPage()
    page.on('pageerror', (error) => fail(where, `page error: ${error.message}`))
    await page.goto(`${base}/rules#key=${encodeURIComponent(key)}`)
    await page.locator('#main a[href="/whatif"]').click()
    const draft = page.locator('textarea')
    await page.waitForFunction(() => document.querySelector('textarea')?.value.includes('[ruleset]'))
    await shot(page, `${where}-draft`)
    const text = await draft.inputValue()
    await draft.fill(text.replace('points = 15', 'points = "lots"'))
    await page.locator('form button[type=submit]').click()
    await page.locator('.faults button').first().click()
    const [line, wanted] = await draft.evaluate((area) => [area.value.slice(0, area.selectionStart).split('\n').length, area.value.split('\n').findIndex((each) => each.includes('"lots"')) + 1])
    if (line !== wanted) fail(where, `the caret is in line ${line}, the fault in ${wanted}`)
    await shot(page, `${where}-fault`)
    // The text in force changes nothing: the answer says so, of everybody.
    await draft.fill(text)
    await page.locator('input[type=date]').nth(1).fill(lastDate)
    await page.locator('input[type=date]').nth(0).fill(first)
    await page.locator('form button[type=submit]').click()
    await page.waitForSelector('.answer', { timeout: 120_000 })
    const id = new URL(page.url()).searchParams.get('id')
    const found = await (await fetch(`${base}/api/v1/whatifs/${id}`, { headers: { authorization: `Bearer ${key}` } })).json()
    if (found.result.total.before === '0') fail(where, 'nothing was tried')
    if (found.result.gaining + found.result.losing !== 0) fail(where, 'the rules in force change something')
    const rows = await page.locator('.answer > .panel').last().locator('tbody tr').count()
    const people = found.result.subjects.filter((subject) => subject.kind === 'person').length
    if (rows !== Math.min(50, people)) fail(where, `${rows} rows of ${people} people`)
    await shot(page, `${where}-answer`)
    await page.locator('.choices .segments').first().locator('button').nth(3).click()
    await page.waitForURL(/kind=hall/)
    await page.reload()
    await page.waitForSelector('.answer')
    await page.goto(`${base}/whatif?id=999999`)
    await page.waitForSelector('.state')
    await shot(page, `${where}-gone`)
    answered = `/whatif?id=${id}`
    await context.close()
  }
  where = 'whatif-phone'
  const phone = await browser.newContext({ viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true })
  const page = await phone.newPage()
  await page.goto(`${base}${answered}#key=${encodeURIComponent(key)}`)
  await page.waitForSelector('.answer')
  await noRank(page, where)
  if ((await page.locator('a[href^="/subject/person/"]').count()) > 0) fail(where, 'a phone lists people')
  await shot(page, where)
  await phone.close()
  // Who only reads is told so.
  const reader = await browser.newContext()
  const refused = await reader.newPage()
  await refused.goto(`${base}/whatif#key=${encodeURIComponent(staff)}`)
  await refused.waitForSelector('.state[data-tone=loss]')
  await refused.goto(`${base}/rules`)
  await refused.waitForSelector('.rule .sentence')
  if ((await refused.locator('#main a[href="/whatif"]').count()) > 0) fail('whatif-staff', 'the way to what may not be done is shown')
  await reader.close()
}
