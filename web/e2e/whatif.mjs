// A draft of the rules: written, refused with the place of its fault, tried, answered; and what a phone shows of the answer.
import { join } from 'node:path'
import { draftText, draftWith, writeDraft } from './draft-text.mjs'

const LOOKS = [
  ['zh', 'zh-CN', 'light'],
  ['en', 'en', 'dark'],
]

/** Text, form and sentence are one: a change in any of them shows in the others. */
async function stepTogether(page, where, { fail, shot }) {
  const card = page.locator('.form [data-card="service-time"]')
  const wanted = async (words) => card.locator('.sentence', { hasText: words }).first().waitFor({ timeout: 10_000 }).catch(async () => fail(where, `the sentence does not say “${words}”: ${await card.innerText()}`))
  const before = await draftText(page)
  await card.locator('button', { hasText: '表单' }).click()
  await shot(page, `${where}-form`)
  // The form changes the text, and leaves its comments.
  await card.locator('fieldset').first().locator('.row').first().getByLabel('分值').fill('8')
  await page.keyboard.press('Tab')
  await wanted('加 8 分')
  const after = await draftText(page)
  const comments = (text) => text.split('\n').filter((each) => each.startsWith('#')).join('\n')
  if (after === before || comments(after) !== comments(before)) fail(where, 'the form did not change the text, or not only what it should')
  // The editor shows only the lines in view.
  await card.locator('button', { hasText: '到第' }).click()
  if (!(await page.locator('.cm-content').innerText()).includes('points = 8')) fail(where, 'the editor does not show what the form changed')
  // The text changes the form.
  await writeDraft(page, after.replace('points = 8', 'points = 9'))
  await wanted('加 9 分')
  const shown = await card.locator('fieldset').first().locator('.row').first().getByLabel('分值').inputValue()
  if (shown !== '9') fail(where, `the form shows ${shown}`)
  // What few rules have stands behind the rest: from the second time on it counts double.
  const more = card.locator('details').filter({ has: page.locator('summary', { hasText: '更多' }) }).first()
  await more.locator('summary').first().click()
  const repeat = more.locator('details').filter({ has: page.locator('summary', { hasText: '第几次起加倍' }) })
  await repeat.locator('summary').first().click()
  await repeat.getByLabel('每期').first().selectOption('month')
  await repeat.locator('button', { hasText: '加：逐步' }).click()
  await repeat.getByLabel('起', { exact: true }).fill('2')
  await page.keyboard.press('Tab')
  await repeat.getByLabel('倍数').fill('2')
  await page.keyboard.press('Tab')
  await draftWith(page, 'repeat = { per = "month", steps = [{ from = 2, factor = 2 }] }')
  await wanted('第 2 次起')
  await shot(page, `${where}-repeat`)
  // A rule of the form's own, and a grade, which is no rule.
  await page.locator('.adding select').selectOption('rule')
  await page.locator('.form [data-card^="rule-"] .sentence').waitFor()
  await draftWith(page, '新规则')
  await page.locator('.adding select').selectOption('grade')
  const grade = page.locator('.form [data-card^="grade-"]')
  await grade.locator('button', { hasText: '加：档' }).waitFor()
  await draftWith(page, '[[grade]]')
  await shot(page, `${where}-new-rule`)
  await grade.locator('button', { hasText: '删除' }).first().click()
  // Completion by place: keys, then words, then fields of the rule's facts.
  await page.locator('.cm-content').click()
  await page.keyboard.press('Control+End')
  await page.keyboard.press('Enter')
  await page.keyboard.type('whe')
  const offers = page.locator('.cm-tooltip-autocomplete li')
  await offers.first().waitFor()
  if (!(await offers.first().innerText()).includes('条件')) fail(where, `“whe” is offered ${await offers.first().innerText()}`)
  // A list that has only just opened takes no keys.
  await page.waitForTimeout(200)
  await page.keyboard.press('Enter')
  await page.keyboard.type('"fact.rec')
  await offers.first().waitFor()
  await shot(page, `${where}-offers`)
  await page.keyboard.press('Enter')
  await page.keyboard.type(' > 1"')
  await draftWith(page, 'when = "fact.recalls > 1"')
  await page.locator('.form [data-card^="rule-"] .sentence', { hasText: '重呼次数' }).waitFor()
}

/** A ready book and a table are texts to start from; what the table leaves open is listed, and what is no table says so. */
async function stepSources(page, where, { fail, shot }) {
  await page.getByLabel('现成的办法').selectOption('05-red-flag')
  await draftWith(page, '阳东')
  const upload = (name, text) => page.locator('.sources input[type=file]').setInputFiles({ name, mimeType: 'text/csv', buffer: Buffer.from(text) })
  await upload('考核表.csv', '考核内容,评分标准,周期\n上班迟到,每次扣2分,月\n满意率,95%以上加5分,月\n')
  await draftWith(page, '上班迟到')
  const asked = await page.locator('.sources .questions li').allInnerTexts()
  if (!asked.some((words) => words.includes('含不含'))) fail(where, `the table's questions are ${asked}`)
  await shot(page, `${where}-table`)
  await upload('名单.csv', '姓名,工号\n王岚,7\n')
  await page.locator('.sources .faults', { hasText: '表头' }).waitFor()
  await shot(page, `${where}-no-table`)
}

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
    const text = await draftWith(page, '[ruleset]')
    await page.locator('.form [data-card]').first().waitFor()
    await shot(page, `${where}-draft`)
    await writeDraft(page, text.replace('points = 15', 'points = "lots"'))
    // What is wrong stands behind its line, in the list, and at its rule.
    await page.locator('.remark.fault').waitFor()
    await page.locator('.form .fault').first().waitFor()
    await page.locator('.faults button').first().click()
    const line = await page.locator('.cm-activeLine').first().innerText()
    if (!line.includes('"lots"')) fail(where, `the caret is in the line ${line}`)
    await shot(page, `${where}-fault`)
    await writeDraft(page, text)
    if (look === 'zh') {
      await stepTogether(page, where, { fail, shot })
      await stepSources(page, where, { fail, shot })
    }
    // The text in force changes nothing: the answer says so, of everybody.
    await writeDraft(page, text)
    await page.locator('input[type=date]').nth(1).fill(lastDate)
    await page.locator('input[type=date]').nth(0).fill(first)
    await page.locator('form button[type=submit]').click()
    await page.waitForSelector('.answer', { timeout: 120_000 })
    const id = new URL(page.url()).searchParams.get('id')
    const found = await (await fetch(`${base}/api/v1/whatifs/${id}`, { headers: { authorization: `Bearer ${key}` } })).json()
    if (found.result.total.before === '0') fail(where, 'nothing was tried')
    if (found.result.gaining + found.result.losing !== 0) fail(where, 'the rules in force change something')
    // Every rule of the draft says whom it would have reached.
    if (!found.result.reached.some(({ who }) => who.length > 0)) fail(where, 'no rule reached anybody')
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
