// The first line of the request at its edges: ≤ 20 min +5, > 30 min −3, else 0.
region Asia/Shanghai
hall H1
department D1 hall H1
window 7 hall H1 department D1
window 8 hall H1 department D1
person ZhangWei department D1 window 7
person LiNa department D1 window 8
rules starter
2026-11-23
09:00 call A001 window 7 by ZhangWei
09:01 start A001
09:21 end A001
09:30 start A002 window 7 by ZhangWei
09:50:00.001 end A002
10:00 start A003 window 7 by ZhangWei
10:30 end A003
11:00 start A004 window 7 by ZhangWei
11:30:00.001 end A004
---
#1 +5 ZhangWei service-time at 7/D1/H1 on 2026-11-23 band 0 dimension efficiency — exactly 20 min
#2 -3 ZhangWei service-time band 2 — 30 min and 1 ms; those between gave 0 and no entry
