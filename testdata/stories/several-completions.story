// Of several completions the latest holds; what follows it is no part of the case.
region Asia/Shanghai
hall H1
department D1 hall H1
window 7 hall H1 department D1
window 8 hall H1 department D1
person ZhangWei department D1 window 7
person LiNa department D1 window 8
rules starter
2026-11-23
09:00 accept C1 by ZhangWei due_at 10:00
09:30 complete C1 by ZhangWei
10:30 step C1 by LiNa // after the end
11:00 complete C1 by LiNa // the latest
12:00 return C1 by ZhangWei
---
#1 -5 LiNa decided-late
