// Assignments end, replacements are taken back, the last in the order of the events holds.
region Asia/Shanghai
hall H1
department D1 hall H1
window 7 hall H1 department D1
window 8 hall H1 department D1
person ZhangWei department D1 window 7
person LiNa department D1 window 8
rules starter
roster ZhangWei window 7 from 2026-11-23T08:00
roster LiNa window 7 from 2026-11-23T09:00 to 2026-11-23T12:00
2026-11-23
08:10 start A001 window 7
08:20 end A001
09:10 start A002 window 7
09:20 end A002
10:10 start A003 window 7
10:20 end A003
13:10 start A004 window 7
13:20 end A004
09:30 unroster LiNa window 7 from 10:00
12:00 unroster ZhangWei window 7 from 13:00
---
#1 +5 ZhangWei service-time
#2 +5 LiNa service-time
#3 +5 LiNa service-time
#4 +5 ZhangWei service-time
#5 -5 LiNa service-time reverses #3
#6 +5 ZhangWei service-time — who was replaced is back
#7 +5 UNKNOWN service-time
#8 -5 ZhangWei service-time reverses #4
