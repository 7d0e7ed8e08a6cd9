// A power cut is entered after the deduction it excuses: the deduction is taken back; what happened elsewhere, later, or was a gain stays.
// Entered again under its code, for a shorter span, it excuses what it still covers only; withdrawn, nothing.
region Asia/Shanghai
hall H1
window 7 hall H1
window 8 hall H1
person ZhangWei window 7
rules outages
| [[rule]]
| id = "slow"
| title = "办理时长"
| dimension = "efficiency"
| on = "service"
| subject = "person"
| value = "fact.service_ms"
| exempt = ["outage"]
| [[rule.band]]
| upto = "20min"
| points = 5
| [[rule.band]]
| points = -3
2026-11-23
09:00 start A1 window 7 by ZhangWei
09:30 end A1
09:40 start A2 window 7 by ZhangWei
10:20 end A2
10:30 start A3 window 8 by ZhangWei
11:10 end A3
11:20 start A4 window 7 by ZhangWei
11:30 end A4
12:00 raw jifen.exemption.granted {"exemption": "cut", "category": "outage", "window": "7", "from": "2026-11-23T09:00:00+08:00", "to": "2026-11-23T12:00:00+08:00", "reason": "停电"}
12:01 raw jifen.exemption.granted {"exemption": "other", "category": "training", "from": "2026-11-23T00:00:00+08:00", "to": "2026-11-24T00:00:00+08:00"}
13:00 raw jifen.exemption.granted {"exemption": "cut", "category": "outage", "window": "7", "from": "2026-11-23T09:00:00+08:00", "to": "2026-11-23T09:35:00+08:00", "reason": "停电"}
14:00 raw jifen.exemption.granted {"exemption": "odd", "category": "outage", "from": "2026-11-23T09:00:00+08:00", "to": "2026-11-23T09:00:00+08:00"} refused "must lie after"
---
#1 -3 ZhangWei slow band 1
#2 -3 ZhangWei slow
#3 -3 ZhangWei slow
#4 +5 ZhangWei slow band 0
#5 +3 ZhangWei slow reverses #2
#6 +3 ZhangWei slow reverses #1
#7 -3 ZhangWei slow band 1 — A2 again
unclear A1 slow exempt:cut
