// What a month came to, the rules behind it, and who did what: settlement, consequences in the rule book, the audit trail.
// KEY is a manager's of a hall with a closed month, CLERK (`NAME:PASSWORD`) an account there; ADMINISTRATOR is another region's, whose
// trail is read.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const LOOKS = [
  ['zh', 'zh-CN', 'light', 1280],
  ['en', 'en', 'light', 1280],
  ['dark', 'zh-CN', 'dark', 1920],
  ['phone', 'zh-CN', 'light', 390],
  ['phone-en', 'en', 'light', 390],
]

export async function walkResults({ browser, base, key, clerk, administrator, fail, check, noRank, unzip, shots }) {
  const code = encodeURIComponent
  let where = 'results'
  const open = async (locale, colorScheme, width, extra = {}) => {
    const phone = width < 500
    const context = await browser.newContext({ viewport: { width, height: phone ? 844 : 900 }, isMobile: phone, hasTouch: phone, colorScheme, reducedMotion: 'reduce', acceptDownloads: true, ...extra })
    await context.addInitScript((value) => localStorage.setItem('jifen.locale', value), locale)
    const page = await context.newPage()
    page.on('pageerror', (error) => fail(where, `page error: ${error.message}`))
    page.on('console', (message) => message.type() === 'error' && !/status of 4\d\d/.test(message.text()) && fail(where, `console: ${message.text()}`))
    return { context, page }
  }
  const see = async (page, name, path, sign, phone = false) => {
    where = name
    await page.goto(base + path)
    await page.waitForSelector(sign, { timeout: 10_000 }).catch(() => fail(where, `no ${sign}`))
    await page.waitForFunction(() => document.querySelector('.skeleton') === null)
    await check(page, where)
    if (phone) await noRank(page, where)
    if (shots) await page.screenshot({ path: join(shots, `${where}.png`), fullPage: true })
  }

  for (const [look, locale, scheme, width] of LOOKS) {
    const phone = width < 500
    const { context, page } = await open(locale, scheme, width)
    const asked = []
    page.on('request', (request) => request.url().includes('/api/v1/settlement') && asked.push(request.url()))
    await page.goto(`${base}/account#key=${code(key)}`)
    // A manager's key is no person: a phone has nothing of theirs, and says so.
    await see(page, `settlement-${look}`, '/settlement', phone ? '#main .state' : '#main tbody tr', phone)
    if (!phone) await see(page, `settlement-windows-${look}`, '/settlement?subject=window', '#main tbody tr')
    await see(page, `settlement-empty-${look}`, '/settlement?period=1999-01', '#main .state', phone)
    if (phone && asked.some((url) => !url.includes('own=true'))) fail(where, `a phone asked for more than its own: ${asked}`)
    await see(page, `consequences-${look}`, '/rules#rule-star', '#rule-star')
    await page.goto(`${base}/account#key=${code(administrator)}`)
    await see(page, `audit-${look}`, '/audit', '#main tbody tr, #main .state', phone)
    await see(page, `audit-none-${look}`, '/audit?kind=sign_in&q=nobody+has+written+this', '#main .state', phone)
    await context.close()
  }

  // From a number to what makes it; a file has what the page lists; the payouts agree with their sum.
  {
    const { context, page } = await open('zh-CN', 'light', 1280)
    where = 'settlement-walk'
    await page.goto(`${base}/settlement?subject=window#key=${code(key)}`)
    const total = page.locator('section.panel', { hasText: '窗口奖金' }).first()
    await total.locator('tbody tr').first().waitFor()
    const amounts = await total.locator('td.amount').allInnerTexts()
    const sum = amounts.reduce((all, text) => all + Number(text.replace(/[^\d.]/g, '')), 0)
    const said = (await total.locator('.summary').innerText()).replace(/[\s\u202f]/g, '')
    if (!said.includes(`合计${sum}元`)) fail(where, `the amounts sum to ${sum}, the page says ${said}`)
    await page.locator('section.panel .more button').evaluateAll((buttons) => buttons.forEach((button) => button.click()))
    const shown = await page.locator('#main tbody tr').count()
    const [file] = await Promise.all([page.waitForEvent('download'), page.locator('.head .workbook').first().click()])
    const lines = readFileSync(await file.path(), 'utf8').trimEnd().split('\r\n')
    if (lines.length - 1 !== shown) fail(where, `the CSV has ${lines.length - 1} lines, the page ${shown}`)
    const [workbook] = await Promise.all([page.waitForEvent('download'), page.locator('.head .workbook').last().click()])
    const rows = unzip(readFileSync(await workbook.path()), 'xl/worksheets/sheet1.xml').split('<row ').length - 2
    if (rows !== shown) fail(where, `the workbook has ${rows} rows, the page ${shown}`)
    const card = page.locator('section.panel', { hasText: '预警牌' }).first()
    const facts = Number.parseInt(await card.locator('tbody td a').first().innerText(), 10)
    await card.locator('tbody td a').first().click()
    await page.waitForURL(/\/subject\/window\/.*rule=overdue/)
    await page.locator('#entries .line').first().waitFor()
    if ((await page.locator('#entries .line').count()) !== facts) fail(where, 'the card counts other facts than are listed')
    await page.goBack()
    await page.locator('#main .book').first().click()
    await page.waitForURL(/\/rules\?date=.*#rule-/)
    await page.waitForSelector('.on')
    await context.close()
  }

  // The trail: filters are in the address, a file has what they leave, the chain says whether it holds.
  {
    const { context, page } = await open('zh-CN', 'light', 1280)
    where = 'audit-walk'
    await page.goto(`${base}/audit#key=${code(administrator)}`)
    await page.locator('.chain code').waitFor()
    if (!(await page.locator('.chain').innerText()).includes('链完整')) fail(where, 'the chain does not hold')
    await page.locator('.segments button').nth(2).click()
    await page.waitForURL(/kind=reading/)
    await page.locator('#main tbody th button').first().click()
    await page.waitForURL(/actor=/)
    const actor = await page.locator('button.chip').innerText()
    const alone = (who) => [...document.querySelectorAll('#main tbody th')].every((cell) => who.startsWith(cell.innerText))
    await page.waitForFunction(alone, actor, { timeout: 5_000 }).catch(() => fail(where, 'entries of others are listed'))
    await page.fill('.words input', 'audit.read')
    await page.locator('form button[type=submit]').click()
    await page.waitForURL(/q=audit\.read/)
    await page.locator('#main tbody tr').first().waitFor()
    const [file] = await Promise.all([page.waitForEvent('download'), page.locator('.files .workbook').first().click()])
    const lines = readFileSync(await file.path(), 'utf8').trimEnd().split('\r\n').slice(1)
    if (lines.length === 0 || lines.some((line) => !line.includes('audit.read'))) fail(where, 'the file has what the filter leaves out')
    await context.close()
  }

  // A clerk sees their own results: with their places on a desk, without any on a phone, and nobody else's on either.
  {
    const [name, given] = clerk.split(':')
    const { context, page } = await open('zh-CN', 'light', 390)
    const own = []
    page.on('response', async (response) => {
      if (!response.url().includes('/api/v1/settlement?') || !response.ok()) return
      // What belongs to a page that was left meanwhile can no longer be read.
      const text = await response.text().catch(() => null)
      if (text !== null) own.push(text)
    })
    where = 'settlement-clerk'
    await page.goto(`${base}/sign-in?region=hundred&to=/settlement`)
    for (const [field, text] of [['#name', name], ['#password', given]]) await page.fill(field, text)
    await page.locator('.gate button[type=submit]').click()
    await page.waitForSelector('#again')
    const chosen = `a clerk's own ${Date.now()}`
    for (const [field, text] of [['#old', given], ['#new', chosen], ['#again', chosen]]) await page.fill(field, text)
    await page.locator('form button[type=submit]').click()
    await page.waitForURL((url) => !url.pathname.startsWith('/account'))
    await see(page, 'settlement-clerk-phone', '/settlement', '#main li .result', true)
    if ((await page.locator('#main li .result').count()) < 2) fail(where, 'a clerk has a grade and a place in a contest at least')
    await page.setViewportSize({ width: 1280, height: 900 })
    await see(page, 'settlement-clerk-desk', '/settlement', '#main tbody tr')
    const foreign = own.find((text) => !text.includes('"H106"') || /"H1(?!06)\d\d"/.test(text))
    if (own.length === 0 || foreign) fail(where, `a clerk is shown others' results: ${foreign?.slice(0, 300) ?? 'none was read'}`)
    await context.close()
  }

  // Who may not, is told so.
  {
    const { context, page } = await open('zh-CN', 'light', 1280)
    await page.goto(`${base}/account#key=${code(key)}`)
    await see(page, 'audit-refused', '/audit', '#main .state[data-tone=loss]')
    await context.close()
  }
}
