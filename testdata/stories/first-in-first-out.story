// Several services open under one key: an end closes the oldest start.
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
09:10 start A001 window 8 by LiNa
09:15 end A001
09:45 end A001
---
#1 +5 ZhangWei service-time — 09:00 to 09:15
#2 -3 LiNa service-time — 09:10 to 09:45
