// A big screen over a week: every reading moves its clock on by a minute, and 10,080 of them must leave the heap as it was.
// The server is played inside the page, so that a week fits a minute; now and then it does not answer, and the stream is cut.
const MINUTES = 7 * 24 * 60
/** After so many the page has everything it will ever load. */
const WARM = 1_000
const GROWTH_BYTES_MAX = 1_000_000
// A screen holds 500 to 750 nodes, as its lists go; one left behind with every tenth reading would be a thousand more.
const GROWTH_NODES_MAX = 500

function play() {
  const SPEED = 1_000
  const later = window.setTimeout.bind(window)
  const often = window.setInterval.bind(window)
  window.setTimeout = (work, ms = 0, ...rest) => later(work, ms / SPEED, ...rest)
  window.setInterval = (work, ms = 0, ...rest) => often(work, Math.max(20, ms / SPEED), ...rest)
  const begun = Date.now()
  let readings = 0
  window.readings = () => readings
  Date.now = () => begun + readings * 60_000
  const family = '王李张刘陈杨赵黄周吴'
  const stamp = (minutes) => new Date(begun + minutes * 60_000).toISOString()
  const screen = (n) => ({
    region: 'week', name: '东湖市政务服务中心', hall: null, time_zone: 'Asia/Shanghai', simulated: true, as_of_position: n, behind: 0, now: stamp(n), date: stamp(n).slice(0, 10), wait_promised_ms: 900_000,
    queue: { waiting: n % 90, over: n % 7, wait_mean_ms: (n % 40) * 60_000, waited_mean_ms: 500_000, called_today: 400 + (n % 900), called_in_time: 380, ended: n % 2_000, windows_open: 20 + (n % 9), windows_total: 30 },
    zones: Array.from({ length: 1 + (n % 8) }, (_, k) => ({ name: `${(n + k) % 12} 区`, waiting: 1 + k, over: k % 2, wait_mean_ms: ((n * 7 + k) % 30) * 60_000, wait_longest_ms: 60_000 })),
    satisfaction: n % 11 === 0 ? null : { percent: (90 + (n % 100) / 10).toFixed(1), percent_low: '88.0', percent_high: '99.9', active: 10 + (n % 800) },
    month: stamp(n).slice(0, 7),
    windows: Array.from({ length: n % 9 }, (_, k) => ({ first: k + 1, last: k + 1 + (n % 2), name: `${(n + k) % 40} 号窗口`, department: '社保', points: String(5_000 - k * 9 + (n % 50)) })),
    teams: Array.from({ length: n % 6 }, (_, k) => ({ first: k + 1, last: k + 1, name: `${(n + k) % 20} 局`, department: null, points: String(50_000 - k) })),
    gains: Array.from({ length: 12 }, (_, k) => ({ position: n * 3 - k + 20, time: stamp(n), place: `${(n + k) % 40} 号窗口`, person: `${family[(n + k) % 10]}*`, rule_title: '办理时长', rule_title_en: 'Service time', points: '5' })),
  })
  const encoder = new TextEncoder()
  function stream(signal) {
    let timer
    let told = 0
    return new ReadableStream({
      start(controller) {
        signal?.addEventListener('abort', () => clearInterval(timer))
        timer = often(() => {
          told += 1
          const change = { region: 'week', position: readings, received_at: stamp(readings), subjects: [], any_subject: true, first_date: null, last_date: null, region_changed: false, entries: [], entries_left_out: 1 }
          try {
            controller.enqueue(encoder.encode(`event: change\nid: ${readings}\ndata: ${JSON.stringify(change)}\n\n`))
            if (told < 300) return
            controller.close()
          } catch {
            /* the page has hung up */
          }
          clearInterval(timer)
        }, 4)
      },
      cancel: () => clearInterval(timer),
    })
  }
  const real = window.fetch.bind(window)
  window.fetch = async (input, init) => {
    const { pathname } = new URL(input.url ?? input, location.origin)
    if (pathname === '/api/v1/live') return new Response(stream(init?.signal), { headers: { 'content-type': 'text/event-stream' } })
    if (pathname !== '/api/v1/screen') return real(input, init)
    readings += 1
    if (readings % 997 === 0) throw new TypeError('the network is gone')
    return new Response(JSON.stringify(screen(readings)), { headers: { 'content-type': 'application/json' } })
  }
}

async function measure(session) {
  await session.send('HeapProfiler.collectGarbage')
  await session.send('HeapProfiler.collectGarbage')
  const { usedSize } = await session.send('Runtime.getHeapUsage')
  const { metrics } = await session.send('Performance.getMetrics')
  const of = (name) => metrics.find((metric) => metric.name === name)?.value ?? 0
  return { bytes: usedSize, nodes: of('Nodes'), listeners: of('JSEventListeners') }
}

export async function screenWeek(browser, base, fail) {
  const where = 'screen-week'
  const context = await browser.newContext({ viewport: { width: 1920, height: 1080 }, reducedMotion: 'reduce' })
  await context.addInitScript(() => sessionStorage.setItem('jifen.key', 'played'))
  await context.addInitScript(play)
  const page = await context.newPage()
  page.on('pageerror', (error) => fail(where, `page error: ${error.message}`))
  await page.goto(`${base}/screen`)
  const session = await context.newCDPSession(page)
  await session.send('HeapProfiler.enable')
  await session.send('Performance.enable')
  const reached = (readings) => page.waitForFunction((wanted) => window.readings() >= wanted, readings, { timeout: 240_000, polling: 100 })
  await reached(WARM)
  const before = await measure(session)
  await reached(MINUTES)
  const after = await measure(session)
  const grown = { bytes: after.bytes - before.bytes, nodes: after.nodes - before.nodes, listeners: after.listeners - before.listeners }
  console.log(`  ${where}: ${await page.evaluate(() => window.readings())} readings, heap ${(before.bytes / 1e6).toFixed(2)} → ${(after.bytes / 1e6).toFixed(2)} MB, nodes ${before.nodes} → ${after.nodes}, listeners ${before.listeners} → ${after.listeners}`)
  if (grown.bytes > GROWTH_BYTES_MAX) fail(where, `the heap grew by ${grown.bytes} bytes in a week`)
  if (grown.nodes > GROWTH_NODES_MAX) fail(where, `${grown.nodes} nodes were left behind in a week`)
  if (grown.listeners > 20) fail(where, `${grown.listeners} listeners were left behind in a week`)
  if ((await page.locator('.screen li').count()) > 40) fail(where, 'a list has no bound')
  await context.close()
}
