// A case of steps alone runs from its first to its last event; without an end it makes no fact.
region Asia/Shanghai
hall H1
department D1 hall H1
window 7 hall H1 department D1
window 8 hall H1 department D1
person ZhangWei department D1 window 7
person LiNa department D1 window 8
rules starter
rules steps
| [[rule]]
| id = "quick"
| title = "历时"
| dimension = "efficiency"
| on = "case"
| subject = "person"
| value = "fact.elapsed_ms"
| [[rule.band]]
| upto = "1h"
| points = "0.5"
| [[rule.band]]
| points = -1
2026-11-23
09:00 step C1 activity check by ZhangWei
10:00 step C1 activity sign by LiNa
10:00 complete C1
09:00 step C2 activity check by ZhangWei
11:00 step C2 activity sign by LiNa
11:00 complete C2 id "C2/2/complete"
09:00 step C3 activity check by ZhangWei
---
#1 +0.5 LiNa quick — credit is the last person named
#2 -1 LiNa quick
