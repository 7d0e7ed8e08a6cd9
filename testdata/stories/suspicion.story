// Services under 30 s or over 24 h are held; the region may set other limits from a day on.
region Asia/Shanghai
hall H1
department D1 hall H1
window 7 hall H1 department D1
window 8 hall H1 department D1
person ZhangWei department D1 window 7
person LiNa department D1 window 8
rules starter
2026-11-23
09:00 start A001 window 7 by ZhangWei
09:00:29.999 end A001
09:10 start A002 window 7 by ZhangWei
09:10:30 end A002
09:20 start A003 window 7 by ZhangWei
2026-11-24
09:20:00.001 end A003
2026-11-25
08:00 setting suspicion_min_ms 0 suspicion_max_ms 1h
09:00 start A004 window 7 by ZhangWei
09:00:00.001 end A004
10:00 start A005 window 7 by ZhangWei
11:30 end A005
---
#1 +5 ZhangWei service-time — exactly 30 s
#2 +5 ZhangWei service-time — 1 ms, after the limit was lifted
held A001 too_short
held A003 too_long
held A005 too_long
