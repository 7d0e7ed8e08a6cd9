// A cap over period awards counts them, provisional or posted.
region Asia/Shanghai
hall H1
department D1 hall H1
window 7 hall H1 department D1
window 8 hall H1 department D1
person ZhangWei department D1 window 7
person LiNa department D1 window 8
rules complaints
| [[rule]]
| id = "complaints"
| title = "投诉"
| dimension = "quality"
| on = "complaint"
| subject = "hall"
| period = "day"
| measure = "count"
| times = "count"
| points = -1
| cap = { per = "month", min = -2 }
2026-11-23
10:00 complain - hall H1
10:01 complain - hall H1
2026-11-24
10:00 complain - hall H1
2026-11-25
01:00 period 2026-11-23 ends
02:00 period 2026-11 ends // before its days: the clamp counts what is still provisional
03:00 period 2026-11-24 ends
---
#1 -2 hall:H1 complaints for 2026-11-23 facts 2
#2 +1 hall:H1 complaints for 2026-11 clamp facts 2
#3 -1 hall:H1 complaints for 2026-11-24
