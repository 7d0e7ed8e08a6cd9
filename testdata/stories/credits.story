// Who is credited is a field of the rule: the first or last person named by any event, the owner, who ended it.
region Asia/Shanghai
hall H1
department D1 hall H1
window 7 hall H1 department D1
window 8 hall H1 department D1
person ZhangWei department D1 window 7
person LiNa department D1 window 8
person Boss
rules credit
| [[rule]]
| id = "ender"
| title = "ender"
| dimension = "efficiency"
| on = "case"
| subject = "person"
| credit = "ender"
| points = 1
| [[rule]]
| id = "first"
| title = "first"
| dimension = "efficiency"
| on = "case"
| subject = "person"
| credit = "first"
| points = 1
| [[rule]]
| id = "last"
| title = "last"
| dimension = "efficiency"
| on = "case"
| subject = "person"
| credit = "last"
| points = 1
| [[rule]]
| id = "owner"
| title = "owner"
| dimension = "efficiency"
| on = "case"
| subject = "person"
| credit = "owner"
| points = 1
2026-11-23
09:00 accept C1
09:01 supplement C1 by ZhangWei
09:02 assign C1 by LiNa owner Boss
09:03 step C1
09:04 complete C1
10:00 accept C2 by ZhangWei
10:01 complete C2 by LiNa
---
#1 +1 UNKNOWN ender — the ending event names nobody
#2 +1 ZhangWei first
#3 +1 LiNa last
#4 +1 Boss owner
#5 +1 LiNa ender
#6 +1 ZhangWei first
#7 +1 LiNa last
#8 +1 UNKNOWN owner
