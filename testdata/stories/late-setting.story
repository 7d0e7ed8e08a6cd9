// A setting of earlier time that arrives late judges again what it reaches.
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
09:05 end A001
10:00 start A002 window 7 by ZhangWei
10:05 end A002
09:30 setting suspicion_min_ms 10min
---
#1 +5 ZhangWei service-time
#2 +5 ZhangWei service-time
#3 -5 ZhangWei service-time reverses #2
held A002 too_short
