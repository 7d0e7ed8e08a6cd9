// The third reading of the first line: the day's mean finds the band, its points count once.
region Asia/Shanghai
hall H1
department D1 hall H1
window 7 hall H1 department D1
window 8 hall H1 department D1
person ZhangWei department D1 window 7
person LiNa department D1 window 8
rules service-time-once-per-day
2026-11-23
09:00 start A001 window 7 by ZhangWei
09:10 end A001
10:00 start A002 window 7 by ZhangWei
10:20 end A002
11:00 start A003 window 7 by ZhangWei
11:30 end A003
2026-11-24
01:00 period 2026-11-23 ends
2026-11-23
12:00 start A004 window 7 by ZhangWei
12:20:00.001 end A004 // the mean is a quarter of a millisecond over 20 min
---
#1 +5 ZhangWei service-time for 2026-11-23
#2 -5 ZhangWei service-time for 2026-11-23 reverses #1
