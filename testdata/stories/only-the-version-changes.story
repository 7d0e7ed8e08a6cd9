// If only the version changes and no points do, nothing is posted.
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
2026-11-23
09:00 start A001 window 7 by ZhangWei
09:10 end A001
10:00 rules busy effective_from 2026-11-01
| # the same again, with another remark
| [[rule]]
| id = "busy"
| title = "件数"
| dimension = "efficiency"
| on = "service"
| subject = "person"
| points = 1
---
#1 +1 ZhangWei busy
