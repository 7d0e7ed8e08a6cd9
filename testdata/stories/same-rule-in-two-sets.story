// Two sets may not hold a rule of one id on the same days: each would take back what the other gives.
region Asia/Shanghai
hall H1
window 7 hall H1
person ZhangWei window 7
rules trial effective_from 2026-11-01
| effective_to = 2026-11-23
| [[rule]]
| id = "busy"
| title = "件数"
| dimension = "efficiency"
| on = "service"
| subject = "person"
| points = 1
2026-11-23
09:00 start A001 window 7 by ZhangWei
09:10 end A001
10:00 rules whole effective_from 2026-11-23 refused "rule `busy` is also a rule of the set `trial`"
| [[rule]]
| id = "busy"
| title = "件数"
| dimension = "efficiency"
| on = "service"
| subject = "person"
| points = 4
10:01 rules whole effective_from 2026-11-24
| [[rule]]
| id = "busy"
| title = "件数"
| dimension = "efficiency"
| on = "service"
| subject = "person"
| points = 4
2026-11-24
09:00 start A002 window 7 by ZhangWei
09:10 end A002
---
#1 +1 ZhangWei busy
#2 +4 ZhangWei busy
