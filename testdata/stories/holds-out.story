// Time on hold is no service time; a hold that nobody resumed lasts to the end.
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
09:10 hold A001
09:25 resume A001
09:35 end A001
10:00 start A002 window 7 by ZhangWei
10:10 hold A002
10:40 end A002
11:00 resume A003 // a hold of nothing is nothing
11:00 start A003 window 7 by ZhangWei
11:31 end A003
---
#1 +5 ZhangWei service-time — 35 min, 15 of them on hold
#2 +5 ZhangWei service-time — 10 min before the hold
#3 -3 ZhangWei service-time
