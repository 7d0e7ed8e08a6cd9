// People put facts on hold, release and discard them.
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
09:10 end A001
10:00 start A002 window 7 by ZhangWei
10:00:10 end A002
10:01 rate - 1 window 7 by ZhangWei as bad
11:00 doubt A001 reason "printer jam"
11:10 release A001
11:20 release A002
11:30 discard A001
11:40 discard @bad
---
#1 +5 ZhangWei service-time
#2 -5 ZhangWei service-time reverses #1
#3 +5 ZhangWei service-time
#4 +5 ZhangWei service-time — 10 s, released
#5 -5 ZhangWei service-time reverses #3
held A001 discarded
held @bad discarded
