// The second reading of the first line: the day's mean finds the band, its points count once per case.
region Asia/Shanghai
hall H1
department D1 hall H1
window 7 hall H1 department D1
window 8 hall H1 department D1
person ZhangWei department D1 window 7
person LiNa department D1 window 8
rules service-time-daily-mean-times-cases
2026-11-23
09:00 start A001 window 7 by ZhangWei
09:10 end A001
10:00 start A002 window 7 by ZhangWei
10:20 end A002
11:00 start A003 window 7 by ZhangWei
11:30 end A003
14:00 start A004 window 7 by LiNa
14:18 end A004
2026-11-24
01:00 period 2026-11-23 ends
---
#1 +5 LiNa service-time for 2026-11-23
#2 +15 ZhangWei service-time for 2026-11-23 facts 3 — the mean is exactly 20 min
