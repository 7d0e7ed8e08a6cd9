// The text of a draft as its page holds it, and another one put in its place as by pasting.

export const draftText = (page) => page.evaluate(() => sessionStorage.getItem('jifen.draft') ?? '')

/** Waits until the draft holds these words; answers it. */
export async function draftWith(page, words) {
  await page.waitForFunction((wanted) => sessionStorage.getItem('jifen.draft')?.includes(wanted), words)
  return draftText(page)
}

export async function writeDraft(page, text) {
  const content = page.locator('.cm-content')
  await content.click()
  await page.keyboard.press('Control+a')
  await content.evaluate((element, pasted) => {
    const data = new DataTransfer()
    data.setData('text/plain', pasted)
    element.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }))
  }, text)
  await page.waitForFunction((wanted) => sessionStorage.getItem('jifen.draft') === wanted, text)
}
