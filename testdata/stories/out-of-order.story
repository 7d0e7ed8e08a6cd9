// The order of arrival does not matter: an earlier end pairs again, a late start renames nothing.
region Asia/Shanghai
hall H1
department D1 hall H1
window 7 hall H1 department D1
window 8 hall H1 department D1
person ZhangWei department D1 window 7
person LiNa department D1 window 8
rules starter
2026-11-23
09:58 end A001
09:20 start A001 window 7 by ZhangWei
09:33 end A001 // an earlier end
10:02 end A002 via pad
09:59 start A002 window 7 by ZhangWei via queue
09:40 start A001 window 8 by LiNa // the stray end has a start after all
again
---
#1 -3 ZhangWei service-time — 38 min
#2 +3 ZhangWei service-time reverses #1
#3 +5 ZhangWei service-time — 13 min
#4 +5 ZhangWei service-time
#5 +5 LiNa service-time — 18 min
