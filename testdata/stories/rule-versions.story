// A version is in force from its day; one published back recalculates; a per-period rule is taken from its period's first day.
region Asia/Shanghai
hall H1
department D1 hall H1
window 7 hall H1 department D1
window 8 hall H1 department D1
person ZhangWei department D1 window 7
person LiNa department D1 window 8
rules busy
| [[rule]]
| id = "busy"
| title = "件数"
| dimension = "efficiency"
| on = "service"
| subject = "person"
| points = 1
| [[rule]]
| id = "cases"
| title = "办件"
| dimension = "efficiency"
| on = "case"
| subject = "person"
| period = "month"
| measure = "count"
| points = 7
2026-11-23
09:00 start A001 window 7 by ZhangWei
09:10 end A001
10:00 complete C1 by ZhangWei
2026-11-24
09:00 start A002 window 7 by ZhangWei
09:10 end A002
2026-11-25
08:00 rules busy effective_from 2026-11-24
| [[rule]]
| id = "busy"
| title = "件数"
| dimension = "quality"
| on = "service"
| subject = "person"
| points = 4
| [[rule]]
| id = "cases"
| title = "办件"
| dimension = "efficiency"
| on = "case"
| subject = "person"
| period = "month"
| measure = "count"
| points = 9
09:00 start A003 window 7 by ZhangWei
09:10 end A003
2026-12-01
10:00 complete C2 by ZhangWei
2026-12-02
01:00 period 2026-11 ends
02:00 period 2026-12 ends
---
#1 +1 ZhangWei busy dimension efficiency
#2 +1 ZhangWei busy — of 24 November
#3 -1 ZhangWei busy reverses #2 dimension efficiency
#4 +4 ZhangWei busy dimension quality
#5 +4 ZhangWei busy
#6 +7 ZhangWei cases for 2026-11 — the version of the month's first day
#7 +9 ZhangWei cases for 2026-12
