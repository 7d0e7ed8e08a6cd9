// Rules may look at some places only, and ask whether the person is known.
region Asia/Shanghai
hall H1
department D1 hall H1
window 7 hall H1 department D1
window 8 hall H1 department D1
person ZhangWei department D1 window 7
person LiNa department D1 window 8
rules unnamed
| [[rule]]
| id = "unnamed"
| title = "无人"
| dimension = "quality"
| on = "service"
| subject = "department"
| scope = { windows = ["7"] }
| when = "!fact.person_known"
| points = 1
2026-11-23
09:00 start A001 window 7
09:10 end A001
10:00 start A002 window 8
10:10 end A002
11:00 start A003 window 7 by ZhangWei
11:10 end A003
12:00 start A004 window 7 by X1
12:10 end A004
---
#1 +1 department:D1 unnamed — A001; A002 is out of scope
